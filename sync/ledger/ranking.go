package ledger

import "clickky/sync/game"

// ranking keeps the rank of every player in constant time for each click.
//
// Players with equal counts stand on one tier, and tiers are linked in the
// order of their counts. A click moves a player to the tier one count up, and
// that changes two ranks only: those who stay behind on the old tier have one
// more player above them, and the player has the rank of the new tier. Nobody
// else has more or fewer players above than before.
type ranking struct {
	bottom *tier
}

// tier is a count that at least one player has.
type tier struct {
	clicks uint64
	rank   int // one more than the number of players on the tiers above
	size   int // players on this tier
	up     *tier
	down   *tier
}

// load puts players[i] on the tier of sorted[i].Clicks; most clicks come first.
func (r *ranking) load(players []player, sorted []Line) {
	for i, b := range sorted {
		if r.bottom == nil || r.bottom.clicks != b.Clicks {
			t := &tier{clicks: b.Clicks, rank: i + 1, up: r.bottom}
			if r.bottom != nil {
				r.bottom.down = t
			}
			r.bottom = t
		}
		r.bottom.size++
		players[i].at = r.bottom
	}
}

// enter puts a player who stands nowhere on the tier of a count. For a new one,
// who has no clicks yet, that is the lowest.
func (r *ranking) enter(p *player, clicks uint64) {
	var down *tier
	up := r.bottom
	for up != nil && up.clicks < clicks {
		up.rank++
		down, up = up, up.up
	}
	if up == nil || up.clicks != clicks {
		up = r.insert(clicks, down, up)
	}
	up.size++
	p.at = up
}

// insert makes a tier between two others, of which either may be missing.
func (r *ranking) insert(clicks uint64, down, up *tier) *tier {
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

// leave takes a player off the tiers.
func (r *ranking) leave(p *player) {
	for t := p.at.down; t != nil; t = t.down {
		t.rank--
	}
	p.at.size--
	if p.at.size == 0 {
		r.remove(p.at)
	}
	p.at = nil
}

// bump gives a player one more click.
func (r *ranking) bump(p *player) {
	from := p.at
	to := from.up
	if to == nil || to.clicks != from.clicks+1 {
		if from.size == 1 {
			from.clicks++ // nobody else is on it: the tier moves as a whole
			return
		}
		to = r.insert(from.clicks+1, from, from.up)
	}
	to.size++
	p.at = to
	from.size--
	from.rank++
	if from.size == 0 {
		r.remove(from)
	}
}

func (r *ranking) remove(t *tier) {
	if t.up != nil {
		t.up.down = t.down
	}
	if t.down != nil {
		t.down.up = t.up
		return
	}
	r.bottom = t.up
}

// zeros is how many players have no clicks.
func (r *ranking) zeros() int {
	if r.bottom == nil || r.bottom.clicks > 0 {
		return 0
	}
	return r.bottom.size
}

// lowest is the lowest tier of those who have clicks; nil if nobody has.
func (r *ranking) lowest() *tier {
	if r.bottom == nil || r.bottom.clicks > 0 {
		return r.bottom
	}
	return r.bottom.up
}

// behind completes a standing by the tier above it; nil if there is none.
func behind(s game.Standing, above *tier) game.Standing {
	if above != nil {
		s.Ahead, s.Gap = above.rank, above.clicks-s.Clicks
	}
	return s
}
