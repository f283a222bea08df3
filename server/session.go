package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/ssh"

	"clickky/server/commands"
	"clickky/server/gate"
	"clickky/server/identity"
	"clickky/server/terminal"
	"clickky/sync/game"
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
		case hasTerminal && strings.EqualFold(sess.RawCommand(), plainCommand):
			s.stay(log, player, inPlain, func() parting { return s.plain(sess, player, "") })
		case sess.RawCommand() != "":
			log.Debug("command", "line", excerpt(sess.RawCommand()))
			s.here(commanded, inCommand, func() { s.command(sess, player, hasTerminal) })
		case !hasTerminal:
			s.refused(sess, refusedTerminal)
			end(sess, commands.Usage, sayTerminal)
		case whyPlain(pty.Term, sess.Environ()) != "":
			why := whyPlain(pty.Term, sess.Environ())
			s.stay(log, player, inPlain, func() parting { return s.plain(sess, player, why) })
		default:
			s.stay(log, player, onScreen, func() parting { return s.screen(sess, player, pty) })
		}
	}
}

// here counts a session, as long as do takes.
func (s *Server) here(o outcome, k kind, do func()) {
	s.tally.logins[o].Add(1)
	s.tally.sessions[k].Add(1)
	defer s.tally.sessions[k].Add(-1)
	do()
}

// parting is what the log says of a session at its end.
type parting struct {
	clicks uint64 // that counted
	how    string
}

// stay lets somebody play between two lines of the log. In a crowd both are left out
// together, but never those of an admin.
func (s *Server) stay(log *slog.Logger, player identity.Player, k kind, play func() parting) {
	came, level := log.With("as", k.String(), "admin", player.Admin, "key", string(player.Key)), slog.LevelInfo
	if player.Admin {
		came.Info("player joined")
	} else if !s.logins.info(came, "player joined") {
		level = slog.LevelDebug
	}
	start := time.Now()
	var p parting
	s.here(played, k, func() { p = play() })
	log.Log(context.Background(), level, "player left", "after", time.Since(start).Round(time.Second), "clicks", p.clicks, "how", p.how)
}

// excerpt is as much of what a client said as belongs into the log, with
// nothing in it that a terminal obeys: not every format of the log escapes that.
func excerpt(s string) string { return identity.Printable(s[:min(len(s), maxExcerpt)]) }

// howItEnded is the end of a game in words: of the game's error, and of the
// sentence with which the server has ended it, if it has.
func howItEnded(err error, why *string) string {
	switch {
	case err == nil && why != nil:
		return excerpt(*why)
	case err == nil:
		return "quit"
	case errors.Is(err, terminal.ErrHungUp), errors.Is(err, context.Canceled), errors.Is(err, io.EOF):
		return "hung up"
	case errors.Is(err, terminal.ErrStuck):
		return "stuck"
	case errors.Is(err, tea.ErrProgramPanic):
		return err.Error() // where it was, in many words
	default:
		return excerpt(err.Error())
	}
}

// command runs one command line and ends the session with its exit status.
func (s *Server) command(sess ssh.Session, player identity.Player, hasTerminal bool) {
	ctx, cancel := context.WithCancelCause(sess.Context())
	v := s.visitOf(sess, player, func() game.Standing { return s.Ledger.Standing(player.Name.String()) })
	v.end = func(why string) { cancel(errEnded(why)) }
	v.tell, v.rename = func(string) {}, func(string) {} // a program may be reading
	v.judge = func() {
		if _, err := s.judgeAgain(v, player.Name.String()); err != nil {
			v.end(err.Error())
		}
	}
	s.welcome(v)
	defer s.forget(v)
	var waiting sync.WaitGroup
	if hasTerminal {
		// The client's terminal is raw, so that Ctrl-C arrives as a byte.
		waiting.Go(func() { quitKeys(sess, func() { cancel(nil) }) })
	}
	status := s.commands.Run(ctx, player, sess.Command(), sess, sess.Stderr())
	var ended errEnded
	told := errors.As(context.Cause(ctx), &ended) && status == commands.Done && ended != sayRestarting && ended != sayUnsure
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
		if strings.ContainsAny(string(buf[:n]), "qQйЙ\x03\x04") {
			quit()
			return
		}
	}
}

// events is how many events a second a session may have for long. A hand does not
// reach the first of them, and each click that scores may come as two: its key or
// button goes down and up again.
func (s *Server) events() int { return 50 + 2*s.MaxRate }

// screen shows the game until the player leaves.
func (s *Server) screen(sess ssh.Session, player identity.Player, pty ssh.Pty) parting {
	channel := gate.ChannelOf(sess.Context())
	options, feed, leave := s.sit(sess, player)
	defer leave()
	profile := terminal.Profile(pty.Term, sess.Environ())
	options.Width, options.Height, options.Profile, options.Cache = pty.Window.Width, pty.Window.Height, profile, s.screens
	options.Board, options.Desk = s.boardFor(sess.Context(), player), feed.deskOf(player)
	screen := terminal.New(tui.New(options), terminal.Config{
		In:     sess,
		Out:    channel.Channel, // the terminal watches for itself whether it is stuck
		Abort:  channel.Abort,
		Width:  pty.Window.Width,
		Height: pty.Window.Height,

		Environ:       sess.Environ(),
		Cache:         s.frames,
		Traffic:       s.traffic,
		Profile:       profile,
		RoundTrip:     channel.RoundTrip,
		Keyboard:      terminal.KeyboardOf(sess.Environ()),
		AskBackground: terminal.AsksBackground(pty.Term, profile),
		Next:          feed.next,
		Wake:          feed.wake,
		Events:        s.events(),
		Activity:      feed.pressed,
		StuckAfter:    channel.StuckAfter(),
	})
	release := channel.HoldAnswers()
	_, err := screen.Run(sess.Context())
	release()
	channel.Finish()
	status := commands.Done
	if errors.Is(err, tea.ErrProgramPanic) {
		_, _ = fmt.Fprintln(sess.Stderr(), sayCrashed)
		status = commands.Failed
	}
	_ = sess.Exit(status)
	screen.Wait()
	return feed.parting(err)
}
