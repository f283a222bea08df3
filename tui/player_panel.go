package tui

import (
	"clickky/sync/game"
	"clickky/tui/layout"
	"clickky/tui/news"
	"clickky/tui/screen"
	"clickky/tui/text"
	"clickky/tui/theme"
)

// playerLayer is the part of a frame that only this player sees, above the shared layer. A click
// renders only the lines whose key it changes.
type playerLayer struct {
	appearance *appearance
	key        playerKey
	lines      []string // the whole layer; never modified

	plain    lineCache[plainKey]
	cover    lineCache[*news.Moment]
	advice   lineCache[adviceKey]
	news     lineCache[news.Key]
	foot     lineCache[footKey]
	name     lineCache[nameKey]
	clicks   lineCache[clicksKey]
	standing lineCache[standingKey]
	speed    lineCache[speedKey]
	today    lineCache[todayKey] // where there is no panel of the day
	line     lineCache[lineKey]  // where there is no panel
}

// playerKey is everything that the layer depends on besides the appearance. What is about today is
// empty without a panel.
type playerKey struct {
	plain     plainKey
	cover     *news.Moment // nil: none
	hasAccent bool         // the frame is accented for a milestone
	advice    adviceKey
	news      news.Key // empty unless the player has news of their own
	foot      footKey
	name      nameKey
	clicks    clicksKey
	standing  standingKey
	speed     speedKey
}

type nameKey struct {
	name         string
	guest, admin bool
	streak       int
}

type clicksKey struct{ allTime, today uint64 }

type standingKey struct{ allTime, today shownStanding }

type speedKey struct {
	current, best   float64
	yesterdayLeader string // who clicked most on the day before
}

type todayKey struct {
	clicks   uint64
	standing shownStanding
}

type lineKey struct {
	name     nameKey
	clicks   uint64
	standing shownStanding
}

// lineCache holds the lines rendered for the newest key.
type lineCache[K comparable] struct {
	key   K
	lines []string
	valid bool
}

func (p *lineCache[K]) get(key K, render func(K) []string) []string {
	if !p.valid || p.key != key {
		*p = lineCache[K]{key, render(key), true}
	}
	return p.lines
}

func (m *gameScreen) playerKey(shared []string) playerKey {
	a := m.appearance
	k := playerKey{
		plain:     plainKey{isHidden: true},
		cover:     m.cover(),
		hasAccent: m.Snap.Milestone != nil,
		foot:      footKey{notice: m.Notice(), clicks: m.sessionClicks, isAccented: m.Snap.Milestone != nil || m.moments.Now() != nil},
		name:      nameKey{name: m.Name, guest: m.Guest, admin: m.options.Admin},
		clicks:    clicksKey{allTime: m.Clicks},
		standing:  standingKey{allTime: m.shownStanding()},
		speed:     speedKey{current: m.speed.current, best: m.speed.best},
	}
	if a.CounterRows[layout.RowMinute] == 0 {
		k.foot.moment = m.moments.Now()
	}
	if a.Rows[layout.RowOwn] > 1 {
		today := &m.Standing.Today
		k.name.streak, k.clicks.today = today.Streak, today.Clicks
		k.standing.today = newShownStanding(&today.Place, &m.distances.Today.Place, today.Of)
		k.speed.yesterdayLeader = m.Snap.Today.YesterdayLeader
	}
	if m.clickingFor > 0 {
		k.plain = plainKey{total: m.Total, players: m.Snap.Players, noLargeDigits: !a.fitsLarge(m.largeTotal)}
	}
	if a.AdviceLine >= 0 && shared[a.AdviceLine] == "" {
		k.advice = adviceKey{m.shownAdvice(), m.Name, m.isNewcomer()}
	}
	if m.ownNews.InLine() && shared[a.Rows.Start(layout.RowProblem)] == "" {
		k.news = m.newsKey()
	}
	return k
}

// playerLines returns the player's layer above a shared layer. It returns the previous slice if
// nothing in it changed.
func (m *gameScreen) playerLines(shared []string) []string {
	a, layer, k := m.appearance, &m.layer, m.playerKey(shared)
	switch {
	case layer.appearance != a:
		*layer = playerLayer{appearance: a}
	case layer.key == k:
		return layer.lines
	}
	c, row := a.newCanvas(), a.Rows.Start(layout.RowOwn)
	c.put(a.CounterRow(layout.RowPlain), layer.plain.get(k.plain, a.renderPlain)...)
	c.put(a.CounterRow(layout.RowMinute), layer.cover.get(k.cover, a.renderCover)...)
	c.put(a.Rows.Start(layout.RowProblem), layer.news.get(k.news, a.renderNewsLine)...)
	c.put(a.AdviceLine, layer.advice.get(k.advice, a.renderAdvice)...)
	if a.Rows[layout.RowOwn] > 1 {
		c.put(row, a.playerFrame...)
		c.put(a.factRow(row, 0), layer.name.get(k.name, a.renderNameRow)...)
		c.put(a.factRow(row, 1), layer.clicks.get(k.clicks, a.renderClicksRow)...)
		c.put(a.factRow(row, 2), layer.standing.get(k.standing, a.renderStandingRow)...)
		c.put(a.factRow(row, 3), layer.speed.get(k.speed, a.renderSpeedRow)...)
		if !a.Full {
			c.put(a.factRow(row, 4), layer.today.get(todayKey{k.clicks.today, k.standing.today}, a.renderToday)...)
		}
	} else {
		c.put(row, layer.line.get(lineKey{k.name, k.clicks.allTime, k.standing.allTime}, a.renderPlayer)...)
	}
	if a.Framed {
		c.put(a.Counter.Max.Y-1, layer.foot.get(k.foot, a.renderFoot)...)
	} else {
		c.put(a.Rows.Start(layout.RowProblem), layer.foot.get(k.foot, a.renderFoot)...)
	}
	if k.hasAccent {
		c.accentSides(a)
	}
	layer.key, layer.lines = k, c
	return c
}

// emptyPlayerPanels returns the borders of the panels that only this player sees.
func (r *lineRenderer) emptyPlayerPanels() []string {
	lines := r.emptyPanel(&r.you)
	if r.Full {
		for i, line := range r.emptyPanel(&r.today) {
			lines[i] += line
		}
	}
	return lines
}

// playerFacts returns a line of the player's panels: one of all time and, if there are two, one of today.
func (r *lineRenderer) playerFacts(you, today fact) []string {
	line := r.panelFact(&r.you, you)
	if r.Full {
		line += r.panelFact(&r.today, today)
	}
	return []string{line}
}

func (a *appearance) renderNameRow(k nameKey) []string {
	you := fact{label: "name"}
	if k.admin {
		you.right = a.Styles.Title.Span("admin")
	}
	you.value = a.Styles.Accent.Span(k.shown(a.you.factWidth() - text.Width(you.right.Text) - 1))
	streak := fact{label: "streak", value: a.Styles.Strong.Span(text.Grouped(k.streak)), unit: " days in a row"}
	switch k.streak {
	case 0:
		streak.value, streak.unit = a.Styles.Dim.Span("starts with a click"), ""
	case 1:
		streak.unit = " day"
	}
	return a.playerFacts(you, streak)
}

// shown returns the name in at most w cells.
func (k nameKey) shown(w int) string { return text.Clean(screen.MarkGuest(k.name, k.guest), w) }

func (a *appearance) renderClicksRow(k clicksKey) []string {
	number, next := text.Grouped(k.allTime), ""
	if _, n := game.Milestones(k.allTime, firstOwnMilestone); n > 0 {
		next = text.FirstFit(a.you.factWidth()-len(number)-2, "next "+text.Grouped(n), "")
	}
	return a.playerFacts(fact{label: "clicks", value: a.Styles.Strong.Span(number), right: a.Styles.Dim.Span(next)},
		fact{label: "clicks", value: a.Styles.Strong.Span(text.Grouped(k.today))})
}

// renderStandingRow renders the row once for all who haven't clicked yet: they are
// equally far from the next player.
func (a *appearance) renderStandingRow(k standingKey) []string {
	render := func(k *standingKey) []string {
		return a.playerFacts(a.standingFact(&a.you, k.allTime), a.standingFact(&a.today, k.today))
	}
	if k.allTime.rank > 0 {
		return render(&k)
	}
	return *a.unranked.get(k, render)
}

func (r *lineRenderer) standingFact(in *factPanel, p shownStanding) fact {
	rank, of := "#"+text.Grouped(p.rank), " of "+text.Grouped(p.of)
	if p.rank == 0 {
		rank, of = "none yet", ""
	}
	return fact{"rank", r.Styles.Strong.Span(rank), of, r.Styles.Dim.Span(p.distance(in.factWidth() - len(rank) - len(of) - 2))}
}

func (a *appearance) renderSpeedRow(k speedKey) []string {
	now, best := text.Rate(k.current), ""
	room := a.you.factWidth() - len(now)
	if k.best > 0 {
		best = "best " + text.Rate(k.best)
		room -= 2 + len(best)
	}
	unit := text.FirstFit(room, " clicks a second", " a second", "/s")
	leader := fact{label: "leader", value: a.Styles.Dim.Span("nobody yesterday")}
	if k.yesterdayLeader != "" {
		const when = "yesterday"
		name := text.Clean(k.yesterdayLeader, a.today.factWidth()-len(when)-3)
		leader = fact{"leader", a.Styles.Accent.Span(screen.Crown + " "), name, a.Styles.Dim.Span(when)}
	}
	return a.playerFacts(fact{"speed", a.Styles.Strong.Span(now), unit, a.Styles.Dim.Span(best)}, leader)
}

// renderToday renders the player's day as one line of the player's panel.
func (a *appearance) renderToday(k todayKey) []string {
	clicks, rank := text.Grouped(k.clicks), ""
	if k.standing.rank > 0 {
		rank = k.standing.text()
	}
	unit := text.FirstFit(a.you.factWidth()-len(clicks)-len(rank)-2, text.Plural(k.clicks, " click"), "")
	return []string{a.panelFact(&a.you, fact{"today", a.Styles.Strong.Span(clicks), unit, a.Styles.Dim.Span(rank)})}
}

// renderPlayer is the player in one line. The compact variant shows name and rank at the left,
// clicks at the right; if they don't fit, it shortens the name and then drops the rank.
func (a *appearance) renderPlayer(k lineKey) []string {
	s, number, rank := a.Styles, text.Grouped(k.clicks), "  "+k.standing.text()
	if a.Variant == layout.Compact {
		clicks := []theme.Span{s.Strong.Span(number), s.Dim.Span(text.Plural(k.clicks, " click"))}
		room := a.W - 2 - spansWidth(clicks) - 1
		if room-text.Width(rank) < 6 {
			rank = ""
		}
		return []string{a.justified([]theme.Span{s.Accent.Span(k.name.shown(room - text.Width(rank))), s.Dim.Span(rank)}, clicks)}
	}
	label, short := screen.MarkGuest("you ", k.name.guest), ""
	if k.standing.rank > 0 {
		short = "  #" + text.Grouped(k.standing.rank)
	}
	rank = text.FirstFit(a.W-len(label)-1-len(number), rank, short, "")
	return []string{a.centred(s.Dim.Span(label), s.Accent.Span(text.Number(k.clicks, a.W-len(label))), s.Dim.Span(rank))}
}

// shownStanding is the player's rank among the players that the screen counts.
type shownStanding struct {
	rank, of int // 0 if the player has no rank
	ahead    int
	gap      uint64
	isTied   bool // for the first rank
}

// shownStanding returns the standing to show among all players that the snapshot counts.
func (m *gameScreen) shownStanding() shownStanding {
	return newShownStanding(&m.Standing.Place, &m.distances.Place, m.Snap.Players)
}

// newShownStanding returns the standing to show among so many players. A player has a rank after the
// first click, once they include the player. The distance is that of an earlier place.
func newShownStanding(now, earlier *game.Place, of int) shownStanding {
	p := shownStanding{ahead: earlier.Ahead, gap: earlier.Gap}
	if now.Clicks > 0 && now.Rank <= of {
		p.rank, p.of, p.isTied = now.Rank, of, now.Rank == 1 && now.Ties > 0
	}
	return p
}

// text returns the rank, such as "#3 of 120".
func (p shownStanding) text() string { return text.Rank(p.rank, p.of) }

// distance returns the distance to the next player above, in at most w cells.
func (p shownStanding) distance(w int) string {
	gap, ahead := text.Grouped(p.gap), " to #"+text.Grouped(p.ahead)
	switch {
	case p.isTied:
		return text.FirstFit(w, "tied for 1st", "tied", "")
	case p.rank == 1 && p.of > 1:
		return text.FirstFit(w, "you lead", "")
	case p.gap > 0:
		return text.FirstFit(w, text.Count(p.gap, "click")+ahead, gap+ahead, "↑ "+gap, "")
	default:
		return ""
	}
}
