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
	"time"

	"clickky/server/identity"
	"clickky/sync/game"
)

const maxBan = 10 * 365 * day

const day = 24 * time.Hour

// banDuration is a duration that may be in days, such as 30d.
type banDuration time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *banDuration) UnmarshalText(text []byte) error {
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
	*s = banDuration(d)
	return nil
}

// parseBanTarget parses what to ban; an IPv6 address stands for its /64.
func parseBanTarget(target string) (string, error) {
	if strings.HasPrefix(target, "SHA256:") {
		key, err := identity.ParseFingerprint(target)
		return string(key), err
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
	actionFlags

	Target string      `arg:"" name:"key|address/prefix" help:"A key, an address (for IPv6, its /64) or a network."`
	For    banDuration `required:"" help:"How long, such as 90m, 12h or 30d." placeholder:"30d"`
	Force  bool        `help:"Ban even addresses that everybody may share."`
}

// Run implements the command.
func (c *banCmd) Run(r *request) error {
	target, err := parseBanTarget(c.Target)
	switch {
	case err != nil:
		return err
	case target == string(r.player.Key):
		return errors.New("that's your own key, so you'd lock yourself out")
	}
	affected := r.affectedBy(target)
	if reason := r.sharedReason(target); reason != "" && !c.Force {
		return fmt.Errorf("%s, so this may ban everybody (right now it would %s); ban a key instead, or add --force", reason, affected.text())
	}
	until := time.Now().Add(time.Duration(c.For)).UTC().Truncate(time.Second)
	subject := target + " until " + timestamp(until)
	more := ""
	if !c.Yes && !r.addRemote(affected, target) {
		more = ", and maybe more on other servers"
	}
	would := fmt.Sprintf("ban %s and %s%s", subject, affected.text(), more)
	return r.apply(c.actionFlags, game.AdminAction{Kind: game.ActionBan, Target: target, Until: until}, would, "banned "+subject)
}

// affected has the players whose sessions a ban ends, with their number of sessions.
type affected map[string]int

// text says what a ban does to them, without a subject.
func (h affected) text() string {
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
	return fmt.Sprintf("end %s: %s", countNoun(sessions, "session"), abbreviate(names))
}

func isWithin(s game.SessionInfo, prefix netip.Prefix) bool {
	addr, err := netip.ParseAddr(s.From)
	return err == nil && prefix.Contains(addr)
}

// affectedBy returns whose sessions on this server a ban ends. Bans of addresses don't affect
// admins.
func (r *request) affectedBy(target string) affected {
	prefix, err := netip.ParsePrefix(target)
	found := affected{}
	for _, s := range r.localSessions() {
		if err == nil && !s.Admin && isWithin(s, prefix) || err != nil && s.Key == target {
			found[s.Name]++
		}
	}
	return found
}

const (
	// maxRemoteLookups is how many players are looked up on other servers before a ban, and
	// remoteLookupTimeout how long that may take.
	maxRemoteLookups    = 200
	remoteLookupTimeout = 2 * time.Second
)

// addRemote adds the sessions on other servers that a ban ends: those from a banned address, and
// all players of a banned key's names. It returns false if the result may be incomplete.
func (r *request) addRemote(found affected, target string) (complete bool) {
	if r.Cluster == nil {
		return true
	}
	names := r.Cluster.Online()
	prefix, err := netip.ParsePrefix(target)
	if err != nil {
		names = slices.DeleteFunc(r.Ledger.NamesByKey(target), func(name string) bool { return len(r.otherServers(name)) == 0 })
	}
	ctx, cancel := context.WithTimeout(r.ctx, remoteLookupTimeout)
	defer cancel()
	complete = len(names) <= maxRemoteLookups
	for _, name := range names[:min(len(names), maxRemoteLookups)] {
		for _, s := range r.Cluster.Sessions(ctx, name) {
			switch {
			case s.IsUnreachable():
				complete = false
			case err != nil || isWithin(s, prefix):
				found[name]++
			}
		}
		if ctx.Err() != nil {
			return false
		}
	}
	return complete
}

// sharedReason returns why everybody may connect from the banned addresses, as behind a load
// balancer that doesn't report its clients; empty if it doesn't look like that.
func (r *request) sharedReason(target string) string {
	prefix, err := netip.ParsePrefix(target)
	switch {
	case err != nil:
		return ""
	case prefix.Addr().IsLoopback() || prefix.Contains(netip.IPv6Loopback()) || prefix.Contains(netip.AddrFrom4([4]byte{127, 0, 0, 1})):
		return "this machine and any load balancer on it connect from there"
	}
	all, maxPlayers := affected{}, 0
	from := map[string]affected{} // by address
	for _, s := range r.localSessions() {
		switch {
		case s.Key != "" && s.Key == string(r.player.Key) && isWithin(s, prefix):
			return "you're connected from there yourself"
		case s.Admin:
			continue
		case isWithin(s, prefix):
			if from[s.From] == nil {
				from[s.From] = affected{}
			}
			from[s.From][s.Name]++
			maxPlayers = max(maxPlayers, len(from[s.From]))
		}
		all[s.Name]++
	}
	if maxPlayers > 1 && 2*maxPlayers >= len(all) {
		return fmt.Sprintf("%d of the %d players here share one address there, as if behind a load balancer without --proxy-protocol", maxPlayers, len(all))
	}
	return ""
}

type unbanCmd struct {
	actionFlags

	Target string `arg:"" name:"key|address/prefix" help:"The ban to lift, as players bans lists it."`
}

// Run implements the command.
func (c *unbanCmd) Run(r *request) error {
	target, err := parseBanTarget(c.Target)
	if err != nil {
		return err
	}
	// Before the default of /64, a ban of an address covered only that address.
	if addr, err := netip.ParseAddr(c.Target); err == nil && !r.isBanned(target) {
		if exact := netip.PrefixFrom(addr, addr.BitLen()).String(); r.isBanned(exact) {
			target = exact
		}
	}
	return r.apply(c.actionFlags, game.AdminAction{Kind: game.ActionUnban, Target: target}, "let "+target+" connect again", target+" can connect again")
}

func (r *request) isBanned(target string) bool {
	return slices.ContainsFunc(r.Ledger.Bans(time.Now()), func(b game.Ban) bool { return b.Target == target })
}

type bansCmd struct {
	JSON bool `name:"json" help:"One JSON array."`
}

// Run implements the command.
func (c *bansCmd) Run(r *request) error {
	bans := r.Ledger.Bans(time.Now())
	switch {
	case c.JSON:
		return printJSON(r.out, append([]game.Ban{}, bans...)) // [] instead of null
	case len(bans) == 0:
		_, err := fmt.Fprintln(r.out, "Nobody is banned.")
		return err
	}
	var pairs []pair
	for _, b := range bans {
		pairs = append(pairs, pair{b.Target, "until " + timestamp(b.Until)})
	}
	return printPairs(r.out, pairs...)
}
