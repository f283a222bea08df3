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
	s.server.counters.clicks[verdict].Add(1)
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
			if !s.allowNewName() {
				return game.Score{}, tui.TooManyNames
			}
			score = s.game.Click()
		}
		if score.Rejected {
			return score, tui.Taken
		}
		return score, tui.Counted
	case admission.TooFast:
		return game.Score{}, tui.TooFast
	default:
		return game.Score{}, tui.Held
	}
}

// allowNewName reports whether the player may create a new name now, and counts it.
func (s *Session) allowNewName() bool {
	if s.server.nameLimiter.Allow(string(s.key), s.RemoteAddr(), s.channel.IsProxied()) {
		return true
	}
	s.server.nameWarnings.Do(func() { // many clients may try
		s.server.Log.Warn("a key or address claims new names too fast",
			"player", s.login, "from", s.RemoteAddr().String(), "key", string(s.key))
	})
	return false
}

// limiterKey returns the player's key in the click limiter. All sessions of a player share it;
// under a shared name, all sessions from one address do.
func limiterKey(player identity.Player, from net.Addr) string {
	if player.Role == identity.Sharer {
		return player.Name.String() + " at " + admission.Source(from).String()
	}
	return player.Name.String()
}

// SpendPeerClicks takes clicks that were scored on other servers, by the names in the journal,
// from the allowances of players on this server. It doesn't block. Allowances under shared
// names stay as they are, because the journal has no addresses.
func (s *Server) SpendPeerClicks(clicks map[string]uint64) {
	for name, n := range clicks {
		if strings.ToLower(name) != name { // few names have capitals and need a lookup
			name = s.commands.LoginOf(name)
		}
		s.clickLimiter.Spend(name, n)
	}
}

// credentialsFor returns the player's credentials for the ledger.
func credentialsFor(player identity.Player) ledger.Credentials {
	return ledger.Credentials{Key: string(player.Key), Claims: player.Claims(), Unchecked: player.Reserved}
}

// reconnectCommand returns the command with which a player reconnects. The server doesn't know
// its own host name.
func reconnectCommand(name string, at net.Addr) string {
	if tcp, ok := at.(*net.TCPAddr); ok && tcp.Port != sshPort {
		return fmt.Sprintf("ssh -p %d %s@HOST", tcp.Port, name)
	}
	return fmt.Sprintf("ssh %s@HOST", name)
}

// sshPort is the default port of ssh, which needs no -p.
const sshPort = 22

// guestKinds has the kinds of guests; players with other roles are no guests.
var guestKinds = map[identity.Role]tui.Guest{identity.Guest: tui.Keyless, identity.Sharer: tui.OnSharedName}
