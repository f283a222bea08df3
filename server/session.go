package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/ssh"
	"charm.land/wish/v2"

	"clickky/server/admission"
	"clickky/server/commands"
	"clickky/server/identity"
	"clickky/server/terminal"
	"clickky/server/terminal/termtype"
	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/live"
	"clickky/tui"
)

// Session is one SSH session. This file follows it from top to bottom: the server admits it
// and authorizes its player, it shows the game on a screen or in plain text or runs a
// command, and it ends. The methods that notify a session come last.
type Session struct {
	ssh.Session

	server      *Server
	channel     *admission.Channel
	addr        netip.Addr           // the client's
	key         identity.Fingerprint // the key that the client proved it holds; empty without one
	login       string               // the client's login name in lower case
	mode        mode
	plainReason string // why the game is in plain text; empty if the player asked for it
	paused      error  // why nobody could play when the session began
	denied      error  // why this key may not play under this name

	// Set from register until unregister.
	ctx        context.Context // canceled by unregister
	cancel     context.CancelCauseFunc
	began      time.Time
	lastAction uint64          // number of the last admin action before the session
	game       *ledger.Session // nil for a command
	allowance  *admission.Allowance
	snapshots  *live.Subscription
	resizes    <-chan admission.Size
	afk        *time.Timer   // nil without an AFK limit
	clicks     atomic.Uint64 // how many counted
	failure    error         // of the screen or the plain text

	// Notifications that next returns. There is only one channel to wait for, because waiting
	// for several costs more, and a screen waits ten times a second.
	wake      chan struct{}          // has room for one value
	notified  atomic.Bool            // there may be something besides a snapshot
	ending    atomic.Pointer[string] // why the session is to end
	message   atomic.Pointer[string]
	renamed   atomic.Pointer[string] // the player's new name
	authStale atomic.Bool            // the player has to be authorized again

	// Used only by the goroutine that calls next.
	ended bool   // next has returned the end
	slow  bool   // whether the screen shows a slow link
	keys  uint64 // Keys of the last snapshot

	calls sync.WaitGroup // the dashboard's, on goroutines of the screen; beginCall adds to it

	// Guarded by Server.mu.
	player identity.Player // as last authorized
	name   string          // on the leaderboard
}

// middlewares returns the steps of a session in their order.
func (s *Server) middlewares() []wish.Middleware {
	steps := []wish.Middleware{
		s.admit,
		require((*Session).limit),
		require((*Session).checkBans),
		require((*Session).authorize),
		step((*Session).redeemCode),
		require((*Session).checkTerminal),
		step((*Session).logged),
		step((*Session).play),
	}
	slices.Reverse(steps) // wish runs the last one first
	return steps
}

// step turns a method that calls next or ends the session into a middleware.
func step(do func(s *Session, next func())) wish.Middleware {
	return func(next ssh.Handler) ssh.Handler {
		return func(sess ssh.Session) {
			if s, ok := sess.(*Session); ok {
				do(s, func() { next(s) })
			}
		}
	}
}

// require turns a check into a middleware that rejects the session if the check fails.
func require(check func(*Session) error) wish.Middleware {
	return step(func(s *Session, next func()) {
		if err := check(s); err != nil {
			s.reject(err)
			return
		}
		next()
	})
}

// admit begins a session, unless the server is closing. Shutdown waits for it.
func (s *Server) admit(next ssh.Handler) ssh.Handler {
	return func(sess ssh.Session) {
		channel := admission.ChannelFrom(sess.Context())
		if channel == nil {
			return
		}
		defer channel.Done()
		session := s.newSession(sess, channel)
		if !s.beginSession() {
			session.countRejection(rejectedClosed)
			return
		}
		defer s.sessionsDone.Done()
		defer channel.Finish()
		next(session)
	}
}

func (s *Server) newSession(sess ssh.Session, channel *admission.Channel) *Session {
	n := &Session{
		Session: sess, server: s, channel: channel, addr: admission.AddrOf(sess.RemoteAddr()),
		key: identity.FingerprintOf(sess.PublicKey()), login: strings.ToLower(sess.User()),
	}
	n.mode, n.plainReason = modeOf(sess)
	n.paused = s.pausedReason() // before authorize: until the game is loaded, no key owns a name
	n.player, n.denied = s.authorize(sess.User(), n.key)
	return n
}

// limit fails if the session is above a cap. Admins have no cap, because only they can end
// other sessions.
func (s *Session) limit() error {
	release, err := s.server.sessionLimiter.Acquire(s.RemoteAddr(), s.channel.IsProxied(), s.player.Admin)
	// The session counts for as long as its client keeps the channel open.
	context.AfterFunc(s.Context(), release)
	return err
}

func (s *Session) checkBans() error { return s.server.bans.check(s.key, s.player.Admin, s.addr) }

// authorize fails if the key may not play under the name, or if nobody can play yet. It lets
// one-time codes pass, which redeemCode checks.
func (s *Session) authorize() error {
	if _, isCode := identity.ParseCode(s.User()); !isCode && s.denied != nil {
		return s.denied
	}
	return s.paused
}

func (s *Session) checkTerminal() error {
	if _, _, hasTerminal := s.Pty(); !hasTerminal && s.mode != inCommand {
		return rejection{rejectedNoTerminal, messageNoTerminal}
	}
	return nil
}

// modeOf returns a session's mode, and why a client gets plain text without asking for it.
func modeOf(sess ssh.Session) (m mode, why string) {
	pty, _, hasTerminal := sess.Pty()
	switch command := sess.RawCommand(); {
	case hasTerminal && strings.EqualFold(command, plainCommand):
		return inPlain, ""
	case command != "":
		return inCommand, ""
	}
	if why = plainReason(pty.Term); why != "" {
		return inPlain, why
	}
	return onScreen, ""
}

// logged logs when a player joins and leaves. During a flood of logins it logs only some of
// them, but always admins.
func (s *Session) logged(next func()) {
	log := s.server.Log.With("player", s.login, "from", s.RemoteAddr().String())
	if s.mode == inCommand {
		log.Debug("command", "line", excerpt(s.RawCommand()))
		next()
		return
	}
	joined, level := log.With("as", s.mode.String(), "admin", s.player.Admin, "key", string(s.key)), slog.LevelInfo
	if s.player.Admin {
		joined.Info("player joined")
	} else if !s.server.logins.info(joined, "player joined") {
		level = slog.LevelDebug
	}
	start := time.Now()
	next()
	log.Log(context.Background(), level, "player left", "after", time.Since(start).Round(time.Second),
		"clicks", s.clicks.Load(), "how", endReason(s.failure, s.ending.Load()))
}

// play shows the game or runs the command, and counts the session.
func (s *Session) play(func()) {
	counters, result := &s.server.counters, played
	if s.mode == inCommand {
		result = ranCommand
	}
	counters.logins[result].Add(1)
	counters.sessions[s.mode].Add(1)
	defer counters.sessions[s.mode].Add(-1)
	switch s.mode {
	case onScreen:
		s.playOnScreen()
	case inPlain:
		s.playInPlainText()
	case inCommand:
		s.runCommand()
	}
}

// playOnScreen shows the game until the player leaves.
func (s *Session) playOnScreen() {
	options := s.join()
	defer s.leave()
	pty, _, _ := s.Pty()
	profile := termtype.Profile(pty.Term, s.Environ())
	options.NeedsASCII = needsASCII(s.Environ())
	options.Width, options.Height, options.Profile, options.Cache = pty.Window.Width, pty.Window.Height, profile, s.server.screens
	var onWide tea.Msg
	if !options.NeedsASCII {
		onWide = tui.NeedsASCIIMsg{}
	}
	screen := terminal.New(tui.New(options), terminal.Config{
		In:     s,
		Out:    s.channel.Channel, // the terminal has its own watchdog for stuck writes
		Abort:  s.channel.Abort,
		Width:  pty.Window.Width,
		Height: pty.Window.Height,

		Environ:         s.Environ(),
		Cache:           s.server.frames,
		Traffic:         s.server.traffic,
		Profile:         profile,
		RoundTrip:       s.channel.RoundTrip,
		Keyboard:        terminal.KeyboardOf(s.Environ()),
		QueryBackground: termtype.CanQueryBackground(pty.Term, profile),
		OnWide:          onWide,
		Title:           termtype.HasTitle(pty.Term),
		Next:            s.next,
		Wake:            s.wake,
		Events:          s.maxEvents(),
		Activity:        s.pressed,
		StuckAfter:      s.channel.WriteTimeout(),
	})
	release := s.channel.DelayPongs()
	s.failure = screen.Run(s.Context())
	release()
	s.channel.Finish()
	status := commands.Done
	if errors.Is(s.failure, tea.ErrProgramPanic) {
		_, _ = fmt.Fprintln(s.Stderr(), messageCrashed)
		status = commands.Failed
	}
	_ = s.Exit(status)
	screen.Wait()
}

// maxEvents returns how many events a second a session may have continuously: 50, which nobody
// reaches, and two for each click that can score, because keys and buttons go down and up.
func (s *Session) maxEvents() int { return 50 + 2*s.server.MaxRate }

// runCommand runs one command line and ends the session with its exit status.
func (s *Session) runCommand() {
	player := s.player
	s.register()
	defer s.unregister()
	var reading sync.WaitGroup
	if _, _, hasTerminal := s.Pty(); hasTerminal {
		// The client's terminal is raw, so that Ctrl-C arrives as a byte.
		reading.Go(func() { awaitQuitKey(s, func() { s.cancel(nil) }) })
	}
	status := s.server.commands.Run(s.ctx, player, s.Command(), s, s.Stderr())
	var ended errEnded
	if errors.As(context.Cause(s.ctx), &ended) && status == commands.Done && ended != messageRestarting && ended != messageClicksUnsafe {
		s.exitWith(commands.Failed, string(ended))
	} else {
		s.channel.Finish()
		_ = s.Exit(status)
	}
	reading.Wait()
}

// errEnded is the reason why the server ended a command.
type errEnded string

func (e errEnded) Error() string { return string(e) }

// awaitQuitKey calls quit when the player presses a key that quits. It returns then, or when
// the client has disconnected.
func awaitQuitKey(in io.Reader, quit func()) {
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

// join joins the game until leave, and returns the options for the screen or the plain text.
// Don't call next after leave.
func (s *Session) join() tui.Options {
	player := s.player
	s.game = s.server.Ledger.JoinWith(s.login, credentialsFor(player))
	s.allowance = s.server.clickLimiter.Join(limiterKey(player, s.RemoteAddr()))
	s.wake = make(chan struct{}, 1)
	s.snapshots = s.server.Live.SubscribeOn(s.wake)
	s.resizes = s.channel.Resizes(s.notify)
	if s.server.AFK > 0 {
		s.afk = time.AfterFunc(s.server.AFK, func() { s.end(messageAway) })
	}
	s.register()
	options := tui.Options{
		Name: s.game.Standing().Name, Admin: player.Admin, Guest: guestKinds[player.Role], Claims: player.Role == identity.Newcomer,
		Player: s, Snapshot: s.snapshots.Newest(), HasPeople: s.server.Live.HasPeople(), Reconnect: reconnectCommand(s.login, s.LocalAddr()),
		Board: s.leaderboardFor(player), Dashboard: s.backendFor(player),
	}
	// A shared name has no preferences, because different players use it.
	isShared := player.Role == identity.Sharer
	if !isShared {
		options.Preferences = decodePreferences(s.game.Preference())
	}
	hidden := options.Preferences.Hidden
	options.SavePreferences = func(chosen tui.Preferences) {
		if chosen.Hidden != hidden {
			hidden = chosen.Hidden
			s.game.Hide(hidden)
		} else { // the player may have changed it in another session
			chosen.Hidden = decodePreferences(s.game.Preference()).Hidden
		}
		if !isShared {
			s.game.SetPreference(encodePreferences(chosen))
		}
	}
	return options
}

func (s *Session) leave() {
	s.unregister()
	s.snapshots.Close()
	if s.afk != nil {
		s.afk.Stop()
	}
	s.allowance.Leave()
	s.game.Leave()
}

// register adds the session to those that the server notifies. It ends the session if the
// server is closing or the player is banned now, and authorizes the player again, because
// names and admins may have changed since the session began.
func (s *Session) register() {
	s.ctx, s.cancel = context.WithCancelCause(s.Context())
	s.began, s.lastAction = time.Now(), s.server.Ledger.Status().LastAction
	s.name = s.Standing().Name
	closed := s.server.addSession(s)
	switch err := s.server.bans.check(s.key, s.isAdmin(), s.addr); {
	case closed:
		s.end(s.server.restartReason())
	case err != nil:
		s.end(err.Error())
	default:
		s.requestAuthorization()
	}
}

// unregister removes the session, and ends the dashboard's calls and waits for them.
func (s *Session) unregister() {
	s.server.removeSession(s)
	s.cancel(nil)
	s.calls.Wait()
}

// endReason describes for the log how a game ended: err is the game's error, and why is the
// server's reason to end it; nil if the server didn't.
func endReason(err error, why *string) string {
	switch {
	case err == nil && why != nil:
		return excerpt(*why)
	case err == nil:
		return "quit"
	case errors.Is(err, terminal.ErrHungUp), errors.Is(err, context.Canceled), errors.Is(err, io.EOF),
		errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNRESET): // a frame was on its way
		return "hung up"
	case errors.Is(err, terminal.ErrStuck):
		return "stuck"
	case errors.Is(err, tea.ErrProgramPanic):
		return err.Error() // with the stack
	default:
		return excerpt(err.Error())
	}
}

// The methods below notify the session. They don't block.

// end ends the session and shows the reason.
func (s *Session) end(why string) {
	s.ending.CompareAndSwap(nil, &why)
	if s.mode == inCommand {
		s.cancel(errEnded(why))
	}
	s.notify()
}

// showMessage shows a message, instead of an older one that wasn't shown yet.
func (s *Session) showMessage(text string) {
	s.message.Store(&text)
	s.notify()
}

// rename shows the player's new name, and limits clicks under it from now on.
func (s *Session) rename(to string) {
	if s.mode != inCommand {
		s.allowance.Rename(s.game.Name())
		s.renamed.Store(&to)
		s.notify()
	}
}

// requestAuthorization makes the session authorize its player again.
func (s *Session) requestAuthorization() {
	if s.mode == inCommand {
		if _, _, err := s.reauthorize(); err != nil {
			s.end(err.Error())
		}
		return
	}
	s.authStale.Store(true)
	s.notify()
}

// pressed records that the player has pressed a key or button.
func (s *Session) pressed() {
	s.channel.RTT().Pressed()
	if s.afk != nil {
		s.afk.Reset(s.server.AFK)
	}
}

// notify makes next look for something besides a snapshot.
func (s *Session) notify() {
	s.notified.Store(true)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// next returns the next message for the screen; nil if there is none.
func (s *Session) next() tea.Msg {
	if s.ended {
		return nil
	}
	if s.notified.Load() {
		s.notified.Store(false) // before looking, so that later notifications set it again
		if msg := s.nextNotification(); msg != nil {
			s.notified.Store(true) // there may be more
			return msg
		}
	}
	snap := s.snapshots.Take()
	if snap == nil {
		return nil
	}
	if snap.Keys != s.keys {
		s.keys = snap.Keys
		s.authStale.Store(true)
		s.notified.Store(true)
	}
	return tui.SnapshotMsg{Snapshot: snap}
}

// nextNotification is next without snapshots.
func (s *Session) nextNotification() tea.Msg {
	if s.authStale.Swap(false) {
		if msg := s.updateAuthorization(); msg != nil {
			return msg
		}
	}
	if why := s.ending.Load(); why != nil {
		s.ended = true
		return tui.EndMsg{Reason: *why}
	}
	select {
	case size := <-s.resizes:
		return tea.WindowSizeMsg{Width: size.Width, Height: size.Height}
	default:
	}
	if name := s.renamed.Swap(nil); name != nil {
		return tui.NameMsg{Name: *name, Reconnect: reconnectCommand(s.game.Name(), s.LocalAddr())}
	}
	if text := s.message.Swap(nil); text != nil {
		return tui.MessageMsg{Text: *text}
	}
	if slow := s.channel.RTT().Slow(); slow != s.slow {
		s.slow = slow
		return tui.LinkMsg{Slow: slow}
	}
	return nil
}

// updateAuthorization authorizes the player again, who may have lost the name or become an
// admin. It returns a message for the screen; nil if nothing changed or the session ends.
func (s *Session) updateAuthorization() tea.Msg {
	was, player, err := s.reauthorize()
	if err != nil {
		s.end(err.Error())
		return nil
	}
	if credentials := credentialsFor(player); credentials != credentialsFor(was) {
		s.game.SetCredentials(credentials)
	}
	if player.Admin == was.Admin {
		return nil
	}
	return tui.AdminMsg{Admin: player.Admin, Board: s.leaderboardFor(player), Dashboard: s.backendFor(player)}
}

// reauthorize authorizes the player again, and returns the player before and after. Its error
// is a sentence for a player who lost the name, whom the operator banned, or who is no longer
// an admin and so an admin's ban applies.
func (s *Session) reauthorize() (was, player identity.Player, err error) {
	if player, err = s.server.reauthorize(s.currentLogin(), s.key); err != nil {
		return was, player, err
	}
	s.server.mu.Lock()
	was, s.player = s.player, player
	s.server.mu.Unlock()
	if was.Admin && !player.Admin {
		return was, player, s.server.bans.check(s.key, false, s.addr)
	}
	return was, player, s.server.bans.checkOperator(s.key, player.Admin, s.addr)
}

// currentLogin returns the login name, which changes when an admin renames the player.
func (s *Session) currentLogin() string {
	if s.game == nil {
		return s.login
	}
	return s.game.Name()
}

func (s *Session) isAdmin() bool {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	return s.player.Admin
}

// describe returns what admins see of the session. The caller holds Server.mu.
func (s *Session) describe() game.SessionInfo {
	d := game.SessionInfo{Name: s.name, From: s.addr.String(), Since: s.began, Key: string(s.key), Admin: s.player.Admin}
	if pty, _, ok := s.Pty(); ok {
		d.Terminal = excerpt(pty.Term)
	}
	return d
}

// Standing implements tui.Player.
func (s *Session) Standing() game.Standing {
	if s.game == nil {
		return s.server.Ledger.Standing(s.login)
	}
	return s.game.Standing()
}
