package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"clickky/server/identity"
	"clickky/sync/game"
)

// maxBan is how long a ban can last: what is meant for ever is meant for less.
const maxBan = 10 * 365 * day

const day = 24 * time.Hour

// span is a duration that may be given in days, as 30d.
type span time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *span) UnmarshalText(text []byte) error {
	errSpan := errors.New("write a duration such as 90m, 12h or 30d, up to ten years")
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

// banned reads what is to be banned: of an IPv6 address the /64. It reads no files: whoever gives it is not
// at the server's keyboard.
func banned(target string) (string, error) {
	if strings.HasPrefix(target, "SHA256:") {
		keys, _, err := identity.ReadKeys(target)
		if err != nil {
			return "", err
		}
		return string(keys[0]), nil
	}
	if addr, err := netip.ParseAddr(target); err == nil {
		return identity.NetworkOf(addr).String(), nil
	}
	prefix, err := netip.ParsePrefix(target)
	if err != nil {
		return "", errors.New("you can ban a key (SHA256:…), an address or a network (192.0.2.0/24)")
	}
	return prefix.Masked().String(), nil
}

type banCmd struct {
	deed

	Target string `arg:"" name:"key|address/prefix" help:"A key, an address (for IPv6, its /64) or a network."`
	For    span   `required:"" help:"How long, such as 90m, 12h or 30d." placeholder:"30d"`
	Force  bool   `help:"Ban even addresses that everybody may share."`
}

// Run implements the command.
func (c *banCmd) Run(r *request) error {
	target, err := banned(c.Target)
	switch {
	case err != nil:
		return err
	case target == string(r.player.Key):
		return errors.New("that's your own key, so you'd lock yourself out")
	}
	hit := r.hitBy(target)
	if why := r.sharedBy(target); why != "" && !c.Force {
		return fmt.Errorf("%s, so this may ban everybody (right now it would %s); ban a key instead, or add --force", why, hit.words())
	}
	until := time.Now().Add(time.Duration(c.For)).UTC().Truncate(time.Second)
	words := target + " until " + until.Format(time.RFC3339)
	more := ""
	if !c.Yes && !r.addElsewhere(hit, target) {
		more = ", and maybe more on other servers"
	}
	would := fmt.Sprintf("ban %s and %s%s", words, hit.words(), more)
	return r.act(c.deed, game.AdminAction{Kind: game.ActionBan, Target: target, Until: until}, would, "banned "+words)
}

// hit is whom a ban ends, of those who are on this server: how many sessions of each
// player.
type hit map[string]int

// words say what a ban does to them, without a subject.
func (h hit) words() string {
	names := slices.SortedFunc(maps.Keys(h), func(a, b string) int { return cmp.Or(cmp.Compare(h[b], h[a]), cmp.Compare(a, b)) })
	sessions := uint64(0)
	for i, name := range names {
		sessions += uint64(h[name])
		if h[name] > 1 {
			names[i] = fmt.Sprintf("%s (%d)", name, h[name])
		}
	}
	if sessions == 0 {
		return "end no sessions"
	}
	return fmt.Sprintf("end %s: %s", counted(sessions, "session"), some(names))
}

// within reports whether a session has an address of a prefix.
func (s *Session) within(prefix netip.Prefix) bool {
	addr, err := netip.ParseAddr(s.From)
	return err == nil && prefix.Contains(addr)
}

// hitBy finds whose sessions a ban ends. Bans of addresses keep no admin out.
func (r *request) hitBy(target string) hit {
	prefix, err := netip.ParsePrefix(target)
	found := hit{}
	for _, s := range r.sessions() {
		if err == nil && !s.Admin && s.within(prefix) || err != nil && string(s.Key) == target {
			found[s.Name]++
		}
	}
	return found
}

const (
	// maxAsked is of how many players other servers are asked before a ban, and
	// askedFor how long that may take.
	maxAsked = 200
	askedFor = 2 * time.Second
)

// addElsewhere adds whose sessions a ban ends on other servers, as far as these tell in
// time: of an address whoever comes from there, and of a key whoever plays a name of it.
// It returns false if there may be more.
func (r *request) addElsewhere(found hit, target string) (whole bool) {
	if r.Cluster == nil {
		return true
	}
	names := r.Cluster.Online()
	prefix, err := netip.ParsePrefix(target)
	if err != nil {
		names = slices.DeleteFunc(r.Ledger.NamesOf(target), func(name string) bool { return len(r.on(name)) == 0 })
	}
	ctx, cancel := context.WithTimeout(r.ctx, askedFor)
	defer cancel()
	whole = len(names) <= maxAsked
	for _, name := range names[:min(len(names), maxAsked)] {
		for _, s := range r.Cluster.Sessions(ctx, name) {
			switch {
			case s.unknown():
				whole = false
			case err != nil || s.within(prefix):
				found[name]++
			}
		}
		if ctx.Err() != nil {
			return false
		}
	}
	return whole
}

// sharedBy returns why everybody may come from the addresses of a ban, as behind a load
// balancer that does not say who its clients are; empty if nothing looks like it.
func (r *request) sharedBy(target string) string {
	prefix, err := netip.ParsePrefix(target)
	switch {
	case err != nil:
		return ""
	case prefix.Addr().IsLoopback() || prefix.Contains(netip.IPv6Loopback()) || prefix.Contains(netip.AddrFrom4([4]byte{127, 0, 0, 1})):
		return "this machine and any load balancer on it connect from there"
	}
	all, most := hit{}, 0
	from := map[string]hit{} // by address
	for _, s := range r.sessions() {
		switch {
		case s.Key != "" && s.Key == r.player.Key && s.within(prefix):
			return "you're connected from there yourself"
		case s.Admin:
			continue
		case s.within(prefix):
			if from[s.From] == nil {
				from[s.From] = hit{}
			}
			from[s.From][s.Name]++
			most = max(most, len(from[s.From]))
		}
		all[s.Name]++
	}
	if most > 1 && 2*most >= len(all) {
		return fmt.Sprintf("%d of the %d players here share one address there, as if behind a load balancer without --proxy-protocol", most, len(all))
	}
	return ""
}

type unbanCmd struct {
	deed

	Target string `arg:"" name:"key|address/prefix" help:"The ban to lift, as players bans lists it."`
}

// Run implements the command.
func (c *unbanCmd) Run(r *request) error {
	target, err := banned(c.Target)
	if err != nil {
		return err
	}
	// Until there was a default of /64, a ban of an address was of nothing else.
	if addr, err := netip.ParseAddr(c.Target); err == nil && !r.isBanned(target) {
		if exact := netip.PrefixFrom(addr, addr.BitLen()).String(); r.isBanned(exact) {
			target = exact
		}
	}
	return r.act(c.deed, game.AdminAction{Kind: game.ActionUnban, Target: target}, "let "+target+" connect again", target+" can connect again")
}

func (r *request) isBanned(target string) bool {
	return slices.ContainsFunc(r.Ledger.Bans(time.Now()), func(b game.Ban) bool { return b.Target == target })
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
