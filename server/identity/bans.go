package identity

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// Bans are the keys and addresses that the operator has banned. It is immutable. A nil *Bans bans
// nobody.
type Bans struct {
	keys     keySet
	prefixes map[netip.Prefix]struct{} // without host bits, IPv4 unmapped
	lengths  []int                     // of the prefixes, each once
}

// ParseBans parses the values of --ban: a fingerprint, a public key, an address (for IPv6 its /64,
// see NetworkOf), a network such as 192.0.2.0/24, or the path of a file with one of these per line.
// In a file, # starts a comment; the file may be empty. The error is a sentence for the operator.
func ParseBans(whos []string) (*Bans, error) {
	b := &Bans{keys: keySet{}, prefixes: map[netip.Prefix]struct{}{}}
	for _, text := range whos {
		ok, err := b.add(strings.TrimSpace(text))
		if !ok && err == nil {
			err = b.addFile(strings.TrimSpace(text))
		}
		if err != nil {
			return nil, fmt.Errorf("ban %q: %w", text, err)
		}
	}
	return b, nil
}

// Len returns the number of keys, addresses and networks.
func (b *Bans) Len() int {
	if b == nil {
		return 0
	}
	return len(b.keys) + len(b.prefixes)
}

// HasKey reports whether a key is banned. The empty one isn't.
func (b *Bans) HasKey(key Fingerprint) bool { return b != nil && b.keys.has(key) }

// HasAddress reports whether an address is banned. An invalid one isn't.
func (b *Bans) HasAddress(addr netip.Addr) bool {
	if b == nil || !addr.IsValid() {
		return false
	}
	addr = addr.Unmap().WithZone("")
	return slices.ContainsFunc(b.lengths, func(bits int) bool {
		prefix, err := addr.Prefix(bits)
		_, banned := b.prefixes[prefix]
		return err == nil && banned
	})
}

// add adds a key, an address or a network. ok reports whether text is one of them, and an error
// means that it is an invalid one.
func (b *Bans) add(text string) (ok bool, err error) {
	if strings.HasPrefix(text, "SHA256:") {
		key, err := ParseFingerprint(text)
		if err == nil {
			b.keys[key] = struct{}{}
		}
		return true, err
	}
	if addr, err := netip.ParseAddr(text); err == nil {
		b.addPrefix(NetworkOf(addr))
		return true, nil
	}
	if prefix, err := netip.ParsePrefix(text); err == nil {
		b.addPrefix(prefix)
		return true, nil
	}
	return b.addKey(text), nil
}

// addKey adds a key and reports whether text is one. Options don't matter, since they only limit
// what a key may do.
func (b *Bans) addKey(text string) bool {
	key, _, err := parseAuthorizedKey([]byte(text))
	if err == nil {
		b.keys[key] = struct{}{}
	}
	return err == nil
}

// NetworkOf returns what a ban of an address covers: an IPv4 address, or the /64 of an IPv6
// address, within which anybody can change addresses at any time. For loopback and link-local
// addresses, whose network everybody shares, it is only the address.
func NetworkOf(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() && !addr.IsLoopback() && !addr.IsLinkLocalUnicast() {
		bits = 64
	}
	return netip.PrefixFrom(addr, bits).Masked()
}

func (b *Bans) addPrefix(prefix netip.Prefix) {
	if bits := prefix.Bits() - 96; prefix.Addr().Is4In6() && bits >= 0 {
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), bits)
	}
	b.prefixes[prefix.Masked()] = struct{}{}
	if !slices.Contains(b.lengths, prefix.Bits()) {
		b.lengths = append(b.lengths, prefix.Bits())
	}
}

func (b *Bans) addFile(path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("use a fingerprint (SHA256:…), public key, address, network (192.0.2.0/24) or a file of these")
	}
	if err != nil {
		return fmt.Errorf("read bans: %w", err)
	}
	return b.addLines(string(text))
}

func (b *Bans) addLines(text string) error {
	for i, line := range strings.Split(text, "\n") {
		if b.addKey(line) { // its options may contain a #
			continue
		}
		line = withoutComment(line)
		if line == "" {
			continue
		}
		ok, err := b.add(line)
		switch {
		case err != nil:
			return fmt.Errorf("line %d of the file: %w", i+1, err)
		case !ok:
			return fmt.Errorf("line %d of the file isn't a fingerprint (SHA256:…), public key, address or network (192.0.2.0/24)", i+1)
		}
	}
	return nil
}

// withoutComment removes a comment. The # must be at the start or after a space, because the
// comment of a key may contain one in a word.
func withoutComment(line string) string {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			line = line[:i]
			break
		}
	}
	return strings.TrimSpace(line)
}
