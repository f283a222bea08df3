package server

import (
	"fmt"
	"net"
	"strings"

	"clickky/server/admission"
	"clickky/server/identity"
	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/tui"
)

// Click implements tui.Player.
func (s *Session) Click() (game.Score, tui.Verdict) {
	score, verdict := s.click()
	s.server.tally.clicks[verdict].Add(1)
	if verdict == tui.Counted {
		s.clicks.Add(1)
	}
	return score, verdict
}

func (s *Session) click() (game.Score, tui.Verdict) {
	switch s.allowance.Click() {
	case admission.Counted:
		score, ok := s.game.ClickUnlessNew()
		if !ok {
			if !s.mayMakeName() {
				return game.Score{}, tui.TooManyNames
			}
			score = s.game.Click()
		}
		if score.Refused {
			return score, tui.Taken
		}
		return score, tui.Counted
	case admission.TooFast:
		return game.Score{}, tui.TooFast
	default:
		return game.Score{}, tui.Held
	}
}

// mayMakeName tells whether the player may make a new name now, and counts it.
func (s *Session) mayMakeName() bool {
	if s.server.nameLimiter.Allow(string(s.key), s.RemoteAddr(), admission.IsProxied(s.Context())) {
		return true
	}
	s.server.namesTrouble.Do(func() { // a crowd may try
		s.server.Log.Warn("a key or address claims new names too fast",
			"player", s.login, "from", s.RemoteAddr().String(), "key", string(s.key))
	})
	return false
}

// bucket is who shares one allowance of clicks: a player, over all sessions; and
// of a name that is everybody's, those at one address.
func bucket(player identity.Player, from net.Addr) string {
	if player.Title == identity.Sharer {
		return player.Name.String() + " at " + admission.Source(from).String()
	}
	return player.Name.String()
}

// ForeignClicks has clicks that were scored on other servers, by the players' names
// as the journal has them, spend what these players may score here. It returns at
// once, and touches only players who are here. Of a name that is everybody's each
// address has an allowance of its own, and that is for each server alone: other
// servers do not tell from where somebody clicked.
func (s *Server) ForeignClicks(clicks map[string]uint64) {
	for name, n := range clicks {
		if strings.ToLower(name) != name { // few have capitals, and only these are worth a look
			name = s.commands.LoginOf(name)
		}
		s.clickLimiter.Spend(name, n)
	}
}

// passOf is what the player has to show for the name.
func passOf(player identity.Player) ledger.Pass {
	return ledger.Pass{Key: string(player.Key), Claims: player.Claims(), Kept: player.Kept}
}

// comeBack is the command that leads back here, as far as the server knows it.
func comeBack(name string, at net.Addr) string {
	if tcp, ok := at.(*net.TCPAddr); ok && tcp.Port != sshPort {
		return fmt.Sprintf("ssh -p %d %s@HOST", tcp.Port, name)
	}
	return fmt.Sprintf("ssh %s@HOST", name)
}

// sshPort is the one that needs not be said.
const sshPort = 22

// guests are those among the players who are some.
var guests = map[identity.Title]tui.Guest{identity.Guest: tui.Keyless, identity.Sharer: tui.OnSharedName}
