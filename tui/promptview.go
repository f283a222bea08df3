package tui

import "strings"

// dashFoot is what stands at the foot of the dashboard: the keys, or above them the
// command that is typed, why it did not work, or what it would do.
func (m *Model) dashFoot() []string {
	d, look := m.dash, m.look
	p := d.prompt
	if p == nil {
		return []string{m.dashKeys()}
	}
	margin, w := blanks(look.lay.x+1), look.lay.cw-2
	var lines []string
	say := func(s style, mark, text string) {
		for i, line := range folded(text, w-len([]rune(mark))) {
			if i > 0 {
				mark = blanks(widthOf(mark))
			}
			var b strings.Builder
			b.WriteString(margin)
			put(&b, w, []span{{s, mark + line}})
			lines = append(lines, b.String())
		}
	}
	typed := func() {
		var b strings.Builder
		b.WriteString(margin)
		put(&b, w, look.pal.field(":", p.heads[p.chosen], p.input, w))
		lines = append(lines, b.String())
	}
	keys := look.footerPrompt
	switch {
	case p.question != "":
		keys = look.footerSure
		say(look.pal.warn, "", p.question+"?")
	case p.asked != 0:
		typed()
		keys = look.centred(span{look.pal.dim, "one moment"})
	default:
		if p.failed != "" {
			say(look.pal.bad, "▲ ", p.failed)
		}
		typed()
		if len(p.heads) > 1 {
			keys = look.footerChoice
		}
	}
	most := max(look.lay.footer-look.lay.about-1, 1) // the counts stay in sight
	switch {
	case len(lines) <= most:
	case p.question != "":
		lines = lines[:most]
	default:
		lines = lines[len(lines)-most:]
	}
	return append(lines, keys)
}

// dashKeys are the keys of what is open; a notice where that has no frame to stand
// in.
func (m *Model) dashKeys() string {
	d, look := m.dash, m.look
	switch {
	case m.notice != quiet && !look.lay.framed():
		return look.centred(span{look.pal.noticed(m.notice), m.words(m.notice, look.lay.cw)})
	case d.page != nil:
		return look.footerPage
	case d.sheet != nil:
		return look.footerSheet
	case d.input != nil:
		return look.footerTyping
	case d.wanted != "":
		return look.footerFound
	default:
		return look.footerDash
	}
}
