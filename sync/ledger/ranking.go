package ledger

import "clickky/sync/game"

// ranking keeps the ranks of players by a count, in constant time for each click.
//
// Players with equal counts share a tier, and tiers are linked in the order of their counts. A
// click moves a player to the tier one count up. That changes only two ranks: everybody who stays
// on the old tier has one more player above, and the player gets the rank of the new tier.
type ranking struct {
	bottom *tier
	size   int // number of players
	sum    uint64
}

// place is a player's place in a ranking.
type place struct {
	tier *tier // nil: not in the ranking
}

// tier is a count that at least one player has.
type tier struct {
	clicks uint64
	rank   int // one more than the number of players on higher tiers
	size   int // number of players on this tier
	up     *tier
	down   *tier

	// member is the known player on the tier, unless that player has another tier by now, and passer
	// the last one who passed it. Only the ranking by all clicks has them. See player.pass.
	member, passer *player
}

// push adds a player whose count is at most the lowest one.
func (r *ranking) push(p *place, clicks uint64) {
	if r.bottom == nil || r.bottom.clicks != clicks {
		t := &tier{clicks: clicks, rank: r.size + 1, up: r.bottom}
		if r.bottom != nil {
			r.bottom.down = t
		}
		r.bottom = t
	}
	r.bottom.size++
	r.size++
	r.sum += clicks
	p.tier = r.bottom
}

// add puts a player on the tier of a count. For a new player without clicks that is the lowest
// tier.
func (r *ranking) add(p *place, clicks uint64) {
	var down *tier
	up := r.bottom
	for up != nil && up.clicks < clicks {
		up.rank++
		down, up = up, up.up
	}
	if up == nil || up.clicks != clicks {
		up = r.insertTier(clicks, down, up)
	}
	up.size++
	r.size++
	r.sum += clicks
	p.tier = up
}

// set moves a player to the tier of a count.
func (r *ranking) set(p *place, clicks uint64) {
	const few = 1000
	if clicks < p.tier.clicks || clicks-p.tier.clicks > few {
		r.remove(p)
		r.add(p, clicks)
	}
	for p.tier.clicks < clicks {
		r.increment(p)
	}
}

// insertTier creates a tier between two others, either of which may be nil.
func (r *ranking) insertTier(clicks uint64, down, up *tier) *tier {
	t := &tier{clicks: clicks, rank: 1, up: up, down: down}
	if up != nil {
		t.rank = up.rank + up.size
		up.down = t
	}
	if down != nil {
		down.up = t
	} else {
		r.bottom = t
	}
	return t
}

// remove takes a player off the tiers.
func (r *ranking) remove(p *place) {
	for t := p.tier.down; t != nil; t = t.down {
		t.rank--
	}
	p.tier.size--
	r.size--
	r.sum -= p.tier.clicks
	if p.tier.size == 0 {
		r.removeTier(p.tier)
	}
	p.tier = nil
}

func (r *ranking) increment(p *place) {
	r.sum++
	from := p.tier
	to := from.up
	if to == nil || to.clicks != from.clicks+1 {
		if from.size == 1 {
			from.clicks++ // the player is alone on the tier, so the tier can change
			return
		}
		to = r.insertTier(from.clicks+1, from, from.up)
	}
	to.size++
	p.tier = to
	from.size--
	from.rank++
	if from.size == 0 {
		r.removeTier(from)
	}
}

func (r *ranking) removeTier(t *tier) {
	if t.up != nil {
		t.up.down = t.down
	}
	if t.down != nil {
		t.down.up = t.up
		return
	}
	r.bottom = t.up
}

// at returns the place of a player on a tier, or of somebody without clicks if the tier is nil: below
// everybody with clicks.
func (r *ranking) at(t *tier) game.Place {
	s := game.Place{Rank: 1, Of: r.size}
	above := r.bottom
	if above != nil && above.clicks == 0 {
		above = above.up
	}
	if t != nil {
		s.Clicks, s.Rank, s.Ties, above = t.clicks, t.rank, t.size-1, t.up
	} else if above != nil {
		s.Rank = above.rank + above.size
	}
	if above != nil {
		s.Ahead, s.Gap = above.rank, above.clicks-s.Clicks
	}
	return s
}
