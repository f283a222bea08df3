package tui

import "clickky/sync/live"

// AdminMsg tells whether the player is an admin from now on, where the leaderboard is
// seen, and what the dashboard is made of; nil is for what there is no right to any
// more.
type AdminMsg struct {
	Admin bool
	Board func() *live.Board
	Desk  *Desk
}

// Sentences for somebody whom the operator has made an admin, or who is none any
// more.
const (
	sayAdmin   = "you're now an admin"
	sayNoAdmin = "you're no longer an admin"
)

// words are what an AdminMsg comes to.
func (msg AdminMsg) words() string {
	if msg.Admin {
		return sayAdmin
	}
	return sayNoAdmin
}

// may takes over what the player has a right to. A dashboard without a board is none.
func (m *Model) may(board func() *live.Board, desk *Desk) {
	if board == nil {
		desk = nil
	}
	m.board, m.desk = board, desk
	m.keys = m.cache.keys[rights{board: board != nil, desk: desk != nil}]
}

// appoint takes over whether the player is an admin, and tells. Screens that may
// not be seen any more close, and what is still looked up for them is for nobody.
func (m Model) appoint(msg AdminMsg) Model {
	m.admin = msg.Admin
	m.may(msg.Board, msg.Desk)
	if m.desk == nil && m.dash != nil {
		m = m.closeDash()
	}
	if m.board == nil && m.lead != nil {
		m = m.closeBoard()
	}
	m.you.look = nil // the badge stands there
	m.restyle(m.look.profile)
	m.tell(msg.words())
	return m
}
