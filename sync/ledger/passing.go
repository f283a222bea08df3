package ledger

import "clickky/sync/game"

// maxTiersPassed bounds the tiers that pass looks at. A player's clicks in one event seldom pass more.
const maxTiersPassed = 32

// pass records whom the player passed on the way up from a tier, and returns one of them; nil if
// there is none, or if none is known. It takes constant time, so it knows one member of each tier.
func (p *player) pass(from *tier) (passed *player) {
	t := from
	for range maxTiersPassed {
		if t == nil || t.clicks >= p.tier.clicks { // also if an admin has lowered the count
			break
		}
		// A tier whose known member was the player has none now. Others on it caught up with the
		// player and were never ahead, so leaving them isn't passing.
		if m := t.member; m != nil && m.tier == t {
			t.passer, passed = p, m
		}
		t = t.up
	}
	if p.tier.size == 1 {
		p.tier.passer = nil // it passed players who aren't on the tier now
	}
	p.becomeMember()
	return passed
}

// becomeMember makes the player the known member of the tier, if it has none.
func (p *player) becomeMember() {
	t := p.tier
	if m := t.member; m != p && (m == nil || m.tier != t) {
		t.member = p
	}
}

// passedNews returns the news for a player who has just passed another one; nil if the other player
// hides or isn't online.
func (g *guarded) passedNews(other *player) *game.News {
	if name, guest := g.publicName(other); name != "" && (g.online.sessions[name] != nil || other.hasClickedLately(g.clock.current().slot)) {
		return &game.News{Kind: game.Passed, At: g.clock.now.UTC(), Name: name, Guest: guest}
	}
	return nil
}

// passedByNews returns the news about who passed the player in the last five seconds; nil if nobody
// did, or if it isn't known who.
func (g *guarded) passedByNews(p *player) *game.News {
	by := p.tier.passer
	if by == nil || by == p || by.removed || by.tier.clicks <= p.tier.clicks || !by.hasClickedLately(g.clock.current().slot) {
		return nil
	}
	n := &game.News{Kind: game.PassedBy, At: g.clock.now.UTC()}
	n.Name, n.Guest = g.publicName(by)
	return n
}
