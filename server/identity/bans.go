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

// Bans are the keys and addresses that the operator keeps out. They never change
// once they are made. A nil *Bans keeps nobody out.
type Bans struct {
	keys     keySet
	prefixes map[netip.Prefix]struct{} // without host bits, IPv4 as such
	lengths  []int                     // of the prefixes, each once
}

// ParseBans reads what the operator gave as --ban: each a fingerprint, a public
// key, an address (of IPv6 its /64, see NetworkOf), a prefix such as 192.0.2.0/24, or the path of a file with one of
// these a line. In a file # begins a comment; there may be nothing in it. The error
// is a sentence for the operator.
func ParseBans(whos []string) (*Bans, error) {
	b := &Bans{keys: keySet{}, prefixes: map[netip.Prefix]struct{}{}}
	for _, who := range whos {
		known, err := b.add(strings.TrimSpace(who))
		if !known && err == nil {
			err = b.addFile(strings.TrimSpace(who))
		}
		if err != nil {
			return nil, fmt.Errorf("ban %q: %w", who, err)
		}
	}
	return b, nil
}

// Len is how many keys, addresses and prefixes there are.
func (b *Bans) Len() int {
	if b == nil {
		return 0
	}
	return len(b.keys) + len(b.prefixes)
}

// Key tells whether a key is kept out. The empty one is not.
func (b *Bans) Key(key Fingerprint) bool { return b != nil && b.keys.has(key) }

// Address tells whether an address is kept out. An invalid one is not.
func (b *Bans) Address(addr netip.Addr) bool {
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

// add adds a key, an address or a prefix. Known tells whether it is one; an error,
// that it is one that is broken.
func (b *Bans) add(who string) (known bool, err error) {
	if strings.HasPrefix(who, "SHA256:") {
		key, err := parseFingerprint(who)
		if err == nil {
			b.keys[key] = struct{}{}
		}
		return true, err
	}
	if addr, err := netip.ParseAddr(who); err == nil {
		b.addPrefix(NetworkOf(addr))
		return true, nil
	}
	if prefix, err := netip.ParsePrefix(who); err == nil {
		b.addPrefix(prefix)
		return true, nil
	}
	return b.addKey(who), nil
}

// addKey adds a key, with options or without: they limit what a key may do, and a
// banned one may do nothing. It reports whether it is one.
func (b *Bans) addKey(who string) bool {
	key, _, err := parseAuthorizedKey([]byte(who))
	if err == nil {
		b.keys[key] = struct{}{}
	}
	return err == nil
}

// NetworkOf is what a ban of an address keeps out: an IPv4 address, or of IPv6 the
// network of 64 bits around it, in which everybody can take another address at any
// time. Of loopback and of link-local addresses, whose network everybody shares, it is
// the address alone. Whoever means one address of any kind says so by its prefix.
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

// addFile adds what is in a file.
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
		if b.addKey(line) { // its options may have a # in them
			continue
		}
		line = withoutComment(line)
		if line == "" {
			continue
		}
		known, err := b.add(line)
		switch {
		case err != nil:
			return fmt.Errorf("line %d of the file: %w", i+1, err)
		case !known:
			return fmt.Errorf("line %d of the file isn't a fingerprint (SHA256:…), public key, address or network (192.0.2.0/24)", i+1)
		}
	}
	return nil
}

// withoutComment leaves out what a # begins, at the beginning or after a blank: the
// comment of a key may have one in a word.
func withoutComment(line string) string {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			line = line[:i]
			break
		}
	}
	return strings.TrimSpace(line)
}
