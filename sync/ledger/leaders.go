package ledger

import (
	"cmp"
	"slices"

	"clickky/sync/game"
)

// leaders are the first players of the day, by clicks and then by name, or nil if there are fewer.
// They are updated at each click, because a search would visit all players of the day.
type leaders [game.DayLeaders]*player

// update moves a player who has clicked to the right place.
func (l *leaders) update(p *player) {
	i := slices.Index(l[:], p)
	if i < 0 {
		i = slices.Index(l[:], nil)
	}
	switch {
	case i >= 0:
	case leadsOver(p, l[len(l)-1]):
		i = len(l) - 1
	default:
		return
	}
	l[i] = p
	for ; i > 0 && leadsOver(p, l[i-1]); i-- {
		l[i-1], l[i] = p, l[i-1]
	}
}

func leadsOver(p, other *player) bool {
	return cmp.Or(cmp.Compare(other.today.tier.clicks, p.today.tier.clicks), cmp.Compare(p.name, other.name)) < 0
}

func (l *leaders) status() (s [game.DayLeaders]game.DayLeader) {
	for i, p := range l {
		if p != nil {
			s[i] = game.DayLeader{Name: p.name, Clicks: p.today.tier.clicks}
		}
	}
	return s
}
