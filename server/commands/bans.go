package commands

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"clickky/server/identity"
	"clickky/sync/ledger"
)

// maxBan is how long a ban can last: what is meant for ever is meant for less.
const maxBan = 10 * 365 * day

const day = 24 * time.Hour

// span is a duration that may be given in days, as 30d.
type span time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *span) UnmarshalText(text []byte) error {
	errSpan := errors.New("that is no time; write 90m, 12h or 30d, at most ten years")
	var d time.Duration
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n > int(maxBan/day) {
			return errSpan
		}
		d = time.Duration(n) * day
	} else {
		var err error
		if d, err = time.ParseDuration(string(text)); err != nil {
			return errSpan
		}
	}
	if d < time.Second || d > maxBan {
		return errSpan
	}
	*s = span(d)
	return nil
}

// banned reads what is to be banned. It reads no files: whoever gives it is not
// at the server's keyboard.
func banned(target string) (string, error) {
	if strings.HasPrefix(target, "SHA256:") {
		keys, _, err := identity.ReadKeys(target)
		if err != nil {
			return "", err
		}
		return string(keys[0]), nil
	}
	_, notAddr := netip.ParseAddr(target)
	_, notPrefix := netip.ParsePrefix(target)
	if notAddr != nil && notPrefix != nil {
		return "", errors.New("a ban is of a key, as SHA256:…, or of an address, or of a prefix of addresses, as 192.0.2.0/24")
	}
	return target, nil
}

type banCmd struct {
	deed

	Target string `arg:"" name:"key|address/prefix" help:"A key, an address or a prefix of addresses."`
	For    span   `required:"" help:"For how long, as 90m, 12h or 30d." placeholder:"D"`
}

// Run implements the command.
func (c *banCmd) Run(r *request) error {
	target, err := banned(c.Target)
	switch {
	case err != nil:
		return err
	case target == string(r.player.Key):
		return errors.New("this is your own key, and it would keep you out")
	}
	until := time.Now().Add(time.Duration(c.For)).UTC().Truncate(time.Second)
	words := target + " until " + until.Format(time.RFC3339)
	return r.act(c.deed, ledger.Act{Do: ledger.Ban, Target: target, Until: until}, "ban "+words, "banned "+words)
}

type unbanCmd struct {
	deed

	Target string `arg:"" name:"key|address/prefix" help:"As it was banned."`
}

// Run implements the command.
func (c *unbanCmd) Run(r *request) error {
	target, err := banned(c.Target)
	if err != nil {
		return err
	}
	return r.act(c.deed, ledger.Act{Do: ledger.Unban, Target: target}, "let "+target+" in again", target+" may come in again")
}

// ban is one line of "players bans" in JSON.
type ban struct {
	Target string `json:"target"`
	Until  string `json:"until"`
}

type bansCmd struct {
	JSON bool `name:"json" help:"One JSON array."`
}

// Run implements the command.
func (c *bansCmd) Run(r *request) error {
	bans := []ban{}
	for _, b := range r.Ledger.Bans(time.Now()) {
		bans = append(bans, ban{b.Target, b.Until.UTC().Format(time.RFC3339)})
	}
	switch {
	case c.JSON:
		return printJSON(r.out, bans)
	case len(bans) == 0:
		_, err := fmt.Fprintln(r.out, "Nobody is banned.")
		return err
	}
	w := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', 0)
	for _, b := range bans {
		_, _ = fmt.Fprintf(w, "%s\tuntil %s\n", b.Target, b.Until) // Flush tells of the error
	}
	return w.Flush()
}
