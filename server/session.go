package server

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// Sentences for those who cannot come in, and for those who must go.
const (
	sayHowToName  = "Pick one with ssh NAME@HOST, for example alice@HOST."
	sayNotYours   = "This name belongs to somebody else's key. " + sayHowToName
	sayClosed     = "The game is closed for now: its database cannot be reached, and no click shall be lost. Please come back in a minute."
	sayAwaited    = "The game is closed for now: another server has its database. Please come back in a minute."
	sayOpening    = "The game is just opening. Please come back in a moment."
	sayFull       = "The game is full. Please come back later."
	sayTooMany    = "There are too many players at your address. Please leave with one of them first."
	sayTerminal   = "Clickky needs a terminal: ssh -t NAME@HOST. Without one, ask for a command; help lists them."
	sayRestarting = "The server is restarting. Your clicks are safe; come back in a moment, with the same command."
	sayAway       = "You were away for a while. Your clicks are safe; come back when you like."
	sayCrashed    = "Something went wrong on this screen. Your clicks are safe; come back."
)

// refuse is the middleware that turns away who cannot come in. It runs first.
func (s *Server) refuse(next ssh.Handler) ssh.Handler {
	return func(sess ssh.Session) {
		channel := gate.ChannelOf(sess.Context())
		if channel == nil || !s.begin() {
			return
		}
		defer s.sessions.Done()
		defer channel.Finish()
		leave, err := s.limits.Enter(sess.RemoteAddr())
		switch {
		case errors.Is(err, gate.ErrFull):
			turnAway(sess, sayFull)
			return
		case err != nil:
			turnAway(sess, sayTooMany)
			return
		}
		defer leave()
		name, err := identity.ParseName(sess.User())
		if err != nil {
			turnAway(sess, err.Error()+" "+sayHowToName)
			return
		}
		if !s.Admins.MayPlay(name, identity.FingerprintOf(sess.PublicKey())) {
			turnAway(sess, sayNotYours)
			return
		}
		select {
		case <-s.Ledger.Loaded():
			next(sess)
		default:
			turnAway(sess, s.whyClosed())
		}
	}
}

// whyClosed is why nobody can play yet.
func (s *Server) whyClosed() string {
	switch now := s.Ledger.Latest(); {
	case now.Ownership == ledger.Awaited:
		return sayAwaited
	case now.StoreDown:
		return sayClosed
	default:
		return sayOpening
	}
}

// turnAway says one sentence and ends the session.
func turnAway(sess ssh.Session, sentence string) {
	end(sess, commands.Failed, sentence)
}

func end(sess ssh.Session, status int, sentence string) {
	_, _ = fmt.Fprintln(sess.Stderr(), sentence)
	_ = sess.Exit(status)
}

// play is the middleware that runs the screen or a command for a player who
// may come in.
func (s *Server) play(ssh.Handler) ssh.Handler {
	return func(sess ssh.Session) {
		name, err := identity.ParseName(sess.User())
		if err != nil {
			return // refuse has seen to that
		}
		player := s.Admins.Player(name, identity.FingerprintOf(sess.PublicKey()))
		pty, _, hasTerminal := sess.Pty()
		log := s.Log.With("player", name.String(), "from", sess.RemoteAddr().String())
		switch {
		case sess.RawCommand() != "":
			log.Debug("command", "line", sess.RawCommand())
			s.command(sess, player, hasTerminal)
		case !hasTerminal:
			end(sess, commands.Usage, sayTerminal)
		default:
			log.Info("player came", "admin", player.Admin)
			start := time.Now()
			err := s.screen(sess, player, pty)
			log.Info("player left", "after", time.Since(start).Round(time.Second), "how", howItEnded(err))
		}
	}
}

// howItEnded is the end of a screen in words.
func howItEnded(err error) string {
	if err == nil {
		return "quit"
	}
	return err.Error()
}

// command runs one command line and ends the session with its exit status.
func (s *Server) command(sess ssh.Session, player identity.Player, hasTerminal bool) {
	ctx, cancel := context.WithCancel(sess.Context())
	var waiting sync.WaitGroup
	waiting.Go(func() {
		select {
		case <-s.closing:
			cancel()
		case <-ctx.Done():
		}
	})
	if hasTerminal {
		// The client's terminal is raw, so that Ctrl-C arrives as a byte.
		waiting.Go(func() { quitKeys(sess, cancel) })
	}
	status := s.commands.Run(ctx, player, sess.Command(), sess, sess.Stderr())
	cancel()
	_ = sess.Exit(status)
	gate.ChannelOf(sess.Context()).Finish()
	waiting.Wait()
}

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
		return s.Seat.Click(), tui.Counted
	case gate.TooFast:
		return ledger.Score{}, tui.TooFast
	default:
		return ledger.Score{}, tui.Held
	}
}

// screen shows the game until the player leaves.
func (s *Server) screen(sess ssh.Session, player identity.Player, pty ssh.Pty) error {
	channel := gate.ChannelOf(sess.Context())
	name := player.Name.String()
	place := s.Ledger.Join(name)
	defer place.Leave()
	judge, leave := s.clicks.Join(name)
	defer leave()

	profile := terminal.Profile(pty.Term, sess.Environ())
	options := tui.Options{
		Name: place.Standing().Name, Admin: player.Admin, Player: seat{place, judge}, Snapshot: s.Ledger.Latest(),
		Width: pty.Window.Width, Height: pty.Window.Height, Profile: profile,
	}
	if s.commands.MayList(player) {
		options.Board = s.Ledger.Board
	}
	active := make(chan struct{}, 1)
	screen := terminal.New(tui.New(options), terminal.Config{
		In:     sess,
		Out:    channel.Channel, // the terminal watches for itself whether it is stuck
		Abort:  channel.Abort,
		Width:  pty.Window.Width,
		Height: pty.Window.Height,

		Environ:    sess.Environ(),
		Profile:    profile,
		Activity:   func() { notify(active) },
		StuckAfter: gate.StuckAfter,
	})
	ctx, cancel := context.WithCancel(sess.Context())
	var forwarding sync.WaitGroup
	forwarding.Go(func() { s.forward(ctx, screen, channel, active) })
	_, err := screen.Run(ctx)
	cancel()
	forwarding.Wait()
	status := commands.Done
	if errors.Is(err, tea.ErrProgramPanic) {
		_, _ = fmt.Fprintln(sess.Stderr(), sayCrashed)
		status = commands.Failed
	}
	_ = sess.Exit(status)
	channel.Finish()
	screen.Wait()
	return err
}

// notify fills a mailbox with one slot.
func notify(mailbox chan<- struct{}) {
	select {
	case mailbox <- struct{}{}:
	default:
	}
}

// forward hands to one screen what happens outside of it, until ctx ends.
func (s *Server) forward(ctx context.Context, screen *terminal.Terminal, channel *gate.Channel, active <-chan struct{}) {
	sub := s.Ledger.Subscribe()
	defer sub.Close()
	var away <-chan time.Time
	var idle *time.Timer
	if s.AFK > 0 {
		idle = time.NewTimer(s.AFK)
		defer idle.Stop()
		away = idle.C
	}
	closing := s.closing
	for {
		select {
		case <-ctx.Done():
			return
		case snap := <-sub.Snapshots():
			screen.Send(tui.SnapshotMsg{Snapshot: snap})
		case size := <-channel.Resizes():
			screen.Resize(size.Width, size.Height)
		case <-active:
			if idle != nil {
				idle.Reset(s.AFK)
			}
		case <-away:
			screen.Send(tui.EndMsg{Reason: sayAway})
		case <-closing:
			screen.Send(tui.EndMsg{Reason: sayRestarting})
			closing = nil
		}
	}
}
