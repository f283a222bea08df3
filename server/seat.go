package server

import (
	"fmt"
	"net"
	"sync/atomic"

	"charm.land/ssh"

	"clickky/server/gate"
	"clickky/server/identity"
	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/tui"
)

// seat is a player's place in the game as the screen sees it.
type seat struct {
	*ledger.Session
	clicks *allowance
	named  func() bool // whether the player may make a new name now, which is counted
	tally  *tally
	own    *atomic.Uint64 // the session's clicks that have counted
}

// Click implements tui.Player.
func (s seat) Click() (game.Score, tui.Verdict) {
	score, verdict := s.click()
	s.tally.clicks[verdict].Add(1)
	if verdict == tui.Counted {
		s.own.Add(1)
	}
	return score, verdict
}

func (s seat) click() (game.Score, tui.Verdict) {
	switch s.clicks.judge() {
	case gate.Counted:
		score, ok := s.ClickUnlessNew()
		if !ok {
			if !s.named() {
				return game.Score{}, tui.TooManyNames
			}
			score = s.Session.Click()
		}
		if score.Refused {
			return score, tui.Taken
		}
		return score, tui.Counted
	case gate.TooFast:
		return game.Score{}, tui.TooFast
	default:
		return game.Score{}, tui.Held
	}
}

// sit gives a player a place in the game for one session. The options are those
// that every way of playing needs. Leave is to be called when nobody uses the feed
// any more.
func (s *Server) sit(sess ssh.Session, player identity.Player) (options tui.Options, feed *feed, leave func()) {
	name := player.Name.String()
	place := s.Ledger.JoinWith(name, passOf(player))
	clicks := newAllowance(s.clicks, bucket(player, sess.RemoteAddr()))
	feed = s.newFeed(sess, player, place, clicks, gate.ChannelOf(sess.Context()))
	options = tui.Options{
		Name: place.Standing().Name, Admin: player.Admin, Guest: guests[player.Title], Claims: player.Title == identity.Newcomer,
		Player: seat{place, clicks, s.namesOf(sess, player), &s.tally, &feed.clicks}, Snapshot: feed.news.Newest(),
		ComeBack: comeBack(name, sess.LocalAddr()),
	}
	// Under a name that is everybody's nothing is remembered: what one likes is
	// not what the next one does.
	if player.Title != identity.Sharer {
		options.Prefs = prefsOf(place.Choice())
		options.Remember = func(chosen tui.Prefs) { place.Choose(choiceOf(chosen)) }
	}
	return options, feed, func() {
		feed.close()
		clicks.end()
		place.Leave()
	}
}

// namesOf returns what tells whether the player may make a new name now, and counts it.
func (s *Server) namesOf(sess ssh.Session, player identity.Player) func() bool {
	key, from, proxied := string(player.Key), sess.RemoteAddr(), gate.CameThroughProxy(sess.Context())
	return func() bool {
		if s.names.Allow(key, from, proxied) {
			return true
		}
		s.namesTrouble.Do(func() { // a crowd may try
			s.Log.Warn("a key or address claims new names too fast",
				"player", player.Name.String(), "from", from.String(), "key", key)
		})
		return false
	}
}

// passOf is what the player has to show for the name.
func passOf(player identity.Player) ledger.Pass {
	return ledger.Pass{Key: string(player.Key), Claims: player.Claims(), Kept: player.Kept}
}

// bucket is who shares one allowance of clicks: a player, over all sessions; and
// of a name that is everybody's, those at one address.
func bucket(player identity.Player, from net.Addr) string {
	if player.Title == identity.Sharer {
		return player.Name.String() + " at " + gate.Origin(from).String()
	}
	return player.Name.String()
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
