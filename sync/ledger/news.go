package ledger

import (
	"cmp"
	"slices"
	"time"

	"clickky/sync/game"
)

// news collects what everybody may read. It is found in the events of the log, so it is the same on
// all servers. It takes constant memory: it keeps one item of each kind until Ledger.TakeNews. The
// ledger's mutex guards it.
type news struct {
	namesHidden bool // nobody may be named
	pending     [game.NewsKinds]pendingNews

	milestone   *game.Milestone // the last one since Open; nil: none
	milestoneAt time.Time       // of the last one in the log, also before Open; zero: none was seen
	// epoch is incremented with each milestone. helpers is the number of players of this epoch: those
	// who have clicked since the last milestone.
	epoch   uint32
	helpers int
}

// pendingNews is an item whose name is filled in when it is taken, because the player may hide or get
// another name by then.
type pendingNews struct {
	game.News
	player *player // nil: no player is involved, or the player was deleted
}

// add keeps an item, unless a greater one of its kind is pending.
func (n *news) add(item game.News, p *player) {
	if pending := &n.pending[item.Kind]; pending.Kind == game.NoNews || item.Count >= pending.Count {
		item.At = item.At.UTC()
		*pending = pendingNews{item, p}
	}
}

// HideNames keeps all names out of news and milestones.
func (l *Ledger) HideNames() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.news.namesHidden = true
}

// TakeNews returns the most interesting item since the last call, and forgets the others; ok is false
// if there is none. It skips items that need the name of a player who hides.
func (l *Ledger) TakeNews() (n game.News, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for kind := range l.news.pending {
		item := &l.news.pending[kind]
		if item.Kind == game.NoNews {
			continue
		}
		name, guest := l.publicName(item.player)
		if name != "" || !item.Kind.NeedsName() {
			n, ok = item.News, true
			n.Name, n.Guest = name, guest
		}
		*item = pendingNews{}
	}
	return n, ok
}

// IsPublic reports whether a name that was in the news may stay there: it still has a player, who
// doesn't hide.
func (l *Ledger) IsPublic(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.playerByName(name) != nil && !l.hides(name)
}

// publicName returns the player's name, if others may see it. It is empty if the player hides or was
// deleted, or if p is nil.
func (g *guarded) publicName(p *player) (name string, guest bool) {
	if p == nil || p.removed || g.news.namesHidden {
		return "", false
	}
	person, ok := g.person(p.name, g.online.sessions[p.name] != nil)
	if !ok {
		return "", false
	}
	return person.Name, person.Guest
}

// findPlayerNews looks for news in the clicks of one player in an event, and counts the player as a
// helper of the next milestone.
func (g *guarded) findPlayerNews(p *player, c *game.PlayerClicks, at time.Time) {
	if p.epoch != g.news.epoch {
		p.epoch = g.news.epoch
		g.news.helpers++
	}
	now := c.Player.Clicks
	switch {
	case !g.isOpen: // the event is being replayed
	case c.New:
		g.news.add(game.News{Kind: game.Newcomer, At: at}, p)
	case now >= game.FirstMilestone && now/milestoneUnit != (now-c.Clicks)/milestoneUnit:
		if last, _ := game.Milestones(now, game.FirstMilestone); last > now-c.Clicks {
			g.news.add(game.News{Kind: game.PlayerMilestone, At: at, Count: last}, p)
		}
	}
}

// milestoneUnit divides all milestones, so most clicks need no more than two divisions.
const milestoneUnit = game.FirstMilestone / 2

// findGlobalNews looks for news in the clicks of the last event, which the global count includes.
func (g *guarded) findGlobalNews(clicks []game.PlayerClicks, at time.Time) {
	after := g.state.Total()
	before := after
	for _, c := range clicks {
		before -= c.Clicks
	}
	if last, _ := game.Milestones(after, game.FirstMilestone); last > before {
		g.reachMilestone(last, clicker(clicks, last-before), at)
	} else if n := game.LastRoundNumber(after); n > before && g.isOpen {
		g.news.add(game.News{Kind: game.RoundNumber, At: at, Count: n}, clicker(clicks, n-before))
	}
}

// clicker returns the player who made the nth of an event's clicks, or nil if that player was
// deleted. An event doesn't say in which order its clicks were made, so all servers agree on the
// order of the names.
func clicker(clicks []game.PlayerClicks, n uint64) *player {
	name := func(c game.PlayerClicks) string {
		if c.Player == nil {
			return game.Nobody
		}
		return c.Player.Name
	}
	byName := func(a, b game.PlayerClicks) int { return cmp.Compare(name(a), name(b)) }
	for _, c := range slices.SortedFunc(slices.Values(clicks), byName) {
		if c.Clicks >= n {
			return localOf(c.Player)
		}
		n -= c.Clicks
	}
	return nil
}

// reachMilestone records that a player reached a milestone of the global count.
func (g *guarded) reachMilestone(count uint64, by *player, at time.Time) {
	n := &g.news
	if g.isOpen {
		m := &game.Milestone{Count: count}
		if m.Name, m.Guest = g.publicName(by); !n.milestoneAt.IsZero() {
			m.Since, m.Helpers = max(at.Sub(n.milestoneAt), 0), n.helpers
		}
		n.milestone = m
		n.add(game.News{Kind: game.GlobalMilestone, At: at, Count: count}, by)
		g.wake()
	}
	n.milestoneAt, n.helpers = at, 0
	n.epoch++
}
