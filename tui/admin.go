package tui

import "clickky/sync/ledger"

// AdminMsg tells whether the player is an admin from now on, and where the
// leaderboard is seen; nil when it may not be any more.
type AdminMsg struct {
	Admin bool
	Board func() *ledger.Board
}

// Sentences for somebody whom the operator has made an admin, or who is none any
// more.
const (
	sayAdmin   = "you are an admin now"
	sayNoAdmin = "you are no admin any more"
)

// words are what an AdminMsg comes to.
func (msg AdminMsg) words() string {
	if msg.Admin {
		return sayAdmin
	}
	return sayNoAdmin
}

// appoint takes over whether the player is an admin, and tells. A leaderboard that
// may not be seen any more closes, and what is still looked up for it is for
// nobody.
func (m Model) appoint(msg AdminMsg) Model {
	m.admin, m.board = msg.Admin, msg.Board
	m.keys = m.cache.keyMap(msg.Board != nil)
	if msg.Board == nil && m.lead != nil {
		m = m.closeBoard()
	}
	m.you.look = nil // the badge stands there
	m.restyle(m.look.profile)
	m.tell(msg.words())
	return m
}
