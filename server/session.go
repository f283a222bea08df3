package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/ssh"

	"clickky/server/commands"
	"clickky/server/gate"
	"clickky/server/identity"
	"clickky/server/terminal"
	"clickky/sync/ledger"
	"clickky/tui"
)

// maxExcerpt is how many bytes of what a client said are logged.
const maxExcerpt = 500

// play is the middleware that runs the screen or a command for a player who
// may come in.
func (s *Server) play(ssh.Handler) ssh.Handler {
	return func(sess ssh.Session) {
		player, err := s.judge(sess)
		if err != nil {
			s.turnAway(sess, err) // it has changed since refuse asked
			return
		}
		pty, _, hasTerminal := sess.Pty()
		log := s.Log.With("player", player.Name.String(), "from", sess.RemoteAddr().String())
		switch {
		case sess.RawCommand() == plainCommand && hasTerminal:
			log.Info("player came", "admin", player.Admin, "key", string(player.Key), "plain", true)
			s.plain(sess, player)
			log.Info("player left")
		case sess.RawCommand() != "":
			log.Debug("command", "line", excerpt(sess.RawCommand()))
			s.command(sess, player, hasTerminal)
		case !hasTerminal:
			end(sess, commands.Usage, sayTerminal)
		default:
			log.Info("player came", "admin", player.Admin, "key", string(player.Key))
			start := time.Now()
			err := s.screen(sess, player, pty)
			log.Info("player left", "after", time.Since(start).Round(time.Second), "how", howItEnded(err))
		}
	}
}

// excerpt is as much of what a client said as belongs into the log, with
// nothing in it that a terminal obeys: not every format of the log escapes that.
func excerpt(s string) string { return identity.Printable(s[:min(len(s), maxExcerpt)]) }

// howItEnded is the end of a screen in words.
func howItEnded(err error) string {
	if err == nil {
		return "quit"
	}
	return err.Error()
}

// command runs one command line and ends the session with its exit status.
func (s *Server) command(sess ssh.Session, player identity.Player, hasTerminal bool) {
	ctx, cancel := context.WithCancelCause(sess.Context())
	v := s.visitOf(sess, player, func() ledger.Standing { return s.Ledger.Standing(player.Name.String()) })
	v.end = func(why string) { cancel(errEnded(why)) }
	v.tell, v.rename = func(string) {}, func(string) {} // a program may be reading
	s.welcome(v)
	defer s.forget(v)
	var waiting sync.WaitGroup
	if hasTerminal {
		// The client's terminal is raw, so that Ctrl-C arrives as a byte.
		waiting.Go(func() { quitKeys(sess, func() { cancel(nil) }) })
	}
	status := s.commands.Run(ctx, player, sess.Command(), sess, sess.Stderr())
	var ended errEnded
	told := errors.As(context.Cause(ctx), &ended) && ended != sayRestarting
	cancel(nil)
	if told {
		end(sess, commands.Failed, string(ended))
	} else {
		gate.ChannelOf(sess.Context()).Finish()
		_ = sess.Exit(status)
	}
	waiting.Wait()
}

// errEnded is the sentence with which a command is ended from outside.
type errEnded string

func (e errEnded) Error() string { return string(e) }

// quitKeys calls quit when a key arrives that leaves, and returns then or when
// the client has gone.
func quitKeys(in io.Reader, quit func()) {
	buf := make([]byte, 64)
	for {
		n, err := in.Read(buf)
		if err != nil {
			return
		}
		if strings.ContainsAny(string(buf[:n]), "q\x03\x04") {
			quit()
			return
		}
	}
}

// seat is a player's place in the game as the screen sees it.
type seat struct {
	*ledger.Seat
	judge func() gate.Verdict
}

// Click implements tui.Player.
func (s seat) Click() (ledger.Score, tui.Verdict) {
	switch s.judge() {
	case gate.Counted:
		score := s.Seat.Click()
		if score.Refused {
			return score, tui.Taken
		}
		return score, tui.Counted
	case gate.TooFast:
		return ledger.Score{}, tui.TooFast
	default:
		return ledger.Score{}, tui.Held
	}
}

// bucket is who shares one allowance of clicks: a player, over all sessions; and
// of a name that is everybody's, those at one address.
func bucket(player identity.Player, from net.Addr) string {
	if player.Title == identity.Sharer {
		return player.Name.String() + " at " + gate.Origin(from).String()
	}
	return player.Name.String()
}

// screen shows the game until the player leaves.
func (s *Server) screen(sess ssh.Session, player identity.Player, pty ssh.Pty) error {
	channel := gate.ChannelOf(sess.Context())
	name := player.Name.String()
	place := s.Ledger.JoinWith(name, ledger.Pass{Key: string(player.Key), Claims: player.Claims(), Kept: player.Kept})
	defer place.Leave()
	judge, leave := s.clicks.Join(bucket(player, sess.RemoteAddr()))
	defer leave()

	profile := terminal.Profile(pty.Term, sess.Environ())
	options := tui.Options{
		Name: place.Standing().Name, Admin: player.Admin, Guest: guests[player.Title], Claims: player.Title == identity.Newcomer,
		Player: seat{place, judge}, Snapshot: s.Ledger.Latest(),
		Width: pty.Window.Width, Height: pty.Window.Height, Profile: profile, Cache: s.screens,
		Prefs: s.prefs.of(name), Remember: func(chosen tui.Prefs) { s.prefs.remember(place.Name(), chosen) },
		ComeBack: comeBack(name, sess.LocalAddr()),
	}
	if s.commands.MayList(player) {
		options.Board = s.Ledger.Board
	}
	feed := s.newFeed(sess, player, place, channel)
	defer feed.close()
	screen := terminal.New(tui.New(options), terminal.Config{
		In:     sess,
		Out:    channel.Channel, // the terminal watches for itself whether it is stuck
		Abort:  channel.Abort,
		Width:  pty.Window.Width,
		Height: pty.Window.Height,

		Environ:    sess.Environ(),
		Cache:      s.frames,
		Profile:    profile,
		Next:       feed.next,
		Wake:       feed.wake,
		Activity:   feed.pressed,
		StuckAfter: channel.StuckAfter(),
	})
	_, err := screen.Run(sess.Context())
	channel.Finish()
	status := commands.Done
	if errors.Is(err, tea.ErrProgramPanic) {
		_, _ = fmt.Fprintln(sess.Stderr(), sayCrashed)
		status = commands.Failed
	}
	_ = sess.Exit(status)
	screen.Wait()
	return err
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
