package server

import (
	"context"
	"net"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/ssh"

	"clickky/server/gate"
	"clickky/server/identity"
	"clickky/sync/ledger"
	"clickky/sync/live"
	"clickky/tui"
)

// feed is what happens outside of one screen and matters to it. All of it comes
// through one channel that says that there is something, because waiting for
// several costs more, and a screen waits ten times a second. One goroutine may
// call next; all else may be called by any.
type feed struct {
	server *Server
	visit  *visit
	ctx    context.Context // of the session, as long as which a feed lives
	desk   *desk           // nil until the player is an admin
	player identity.Player // as judged last
	seat   *ledger.Session
	share  *allowance
	port   net.Addr      // the server's
	wake   chan struct{} // has room for one value
	news   *live.Subscription
	rare   atomic.Bool // there may be something of what follows
	size   <-chan gate.Size
	link   *gate.Link
	slow   bool                   // as the screen knows the link
	ending atomic.Pointer[string] // why the session is to end
	told   atomic.Pointer[string] // a message to be shown
	named  atomic.Pointer[string] // another name to be shown
	doubt  atomic.Bool            // whether the player has to be judged again
	over   bool                   // the end was told
	keys   uint64                 // as of the last snapshot
	clicks atomic.Uint64          // that have counted in this session
	idle   *time.Timer            // nil without an AFK limit
}

// newFeed returns the feed of a player's screen. The caller closes it when
// nobody calls next any more.
func (s *Server) newFeed(sess ssh.Session, player identity.Player, seat *ledger.Session, share *allowance, channel *gate.Channel) *feed {
	f := &feed{server: s, player: player, seat: seat, share: share, ctx: sess.Context(), port: sess.LocalAddr(), wake: make(chan struct{}, 1)}
	f.visit = s.visitOf(sess, player, seat.Standing)
	f.visit.end, f.visit.tell, f.visit.rename, f.visit.judge = f.end, f.tell, f.rename, f.judge
	f.news = s.Live.SubscribeOn(f.wake)
	f.size, f.link = channel.Resizes(f.rouse), channel.Link()
	if s.AFK > 0 {
		f.idle = time.AfterFunc(s.AFK, func() { f.end(sayAway) })
	}
	s.welcome(f.visit)
	return f
}

func (f *feed) close() {
	f.server.forget(f.visit)
	f.news.Close()
	if f.desk != nil {
		f.desk.close()
	}
	if f.idle != nil {
		f.idle.Stop()
	}
}

// parting is what the log is to say of the session, which has ended with that error.
func (f *feed) parting(err error) parting {
	return parting{clicks: f.clicks.Load(), how: howItEnded(err, f.ending.Load())}
}

// pressed says that the player has pressed something.
func (f *feed) pressed() {
	f.link.Pressed()
	if f.idle != nil {
		f.idle.Reset(f.server.AFK)
	}
}

// end has the session end, and says why.
func (f *feed) end(why string) {
	f.ending.CompareAndSwap(nil, &why)
	f.rouse()
}

// tell shows a message, unless a newer one comes before.
func (f *feed) tell(text string) {
	f.told.Store(&text)
	f.rouse()
}

// rename shows another name of the player, whose clicks are limited under that from now on.
func (f *feed) rename(to string) {
	f.share.rename(f.seat.Name())
	f.named.Store(&to)
	f.rouse()
}

// judge has next look again at who the player is.
func (f *feed) judge() {
	f.doubt.Store(true)
	f.rouse()
}

// rouse says that there is something else than a snapshot.
func (f *feed) rouse() {
	f.rare.Store(true)
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// next returns the next message to the screen; nil when there is none.
func (f *feed) next() tea.Msg {
	if f.over {
		return nil
	}
	if f.rare.Load() {
		f.rare.Store(false) // before looking: what comes now sets it again
		if msg := f.nextRare(); msg != nil {
			f.rare.Store(true) // there may be more
			return msg
		}
	}
	snap := f.news.Take()
	if snap == nil {
		return nil
	}
	if snap.Keys != f.keys {
		f.keys = snap.Keys
		f.doubt.Store(true)
		f.rare.Store(true)
	}
	return tui.SnapshotMsg{Snapshot: snap}
}

// nextRare is next for everything but snapshots.
func (f *feed) nextRare() tea.Msg {
	if f.doubt.Swap(false) {
		if msg := f.judged(); msg != nil {
			return msg
		}
	}
	if why := f.ending.Load(); why != nil {
		f.over = true
		return tui.EndMsg{Reason: *why}
	}
	select {
	case size := <-f.size:
		return tea.WindowSizeMsg{Width: size.Width, Height: size.Height}
	default:
	}
	if name := f.named.Swap(nil); name != nil {
		return tui.NameMsg{Name: *name, ComeBack: comeBack(f.seat.Name(), f.port)}
	}
	if text := f.told.Swap(nil); text != nil {
		return tui.MessageMsg{Text: *text}
	}
	if slow := f.link.Slow(); slow != f.slow {
		f.slow = slow
		return tui.LinkMsg{Slow: slow}
	}
	return nil
}

// judged looks who the player is by now, and returns what the screen has to know
// of it; nil when that is nothing, or that the session has to end. When names have changed hands, or admins were
// replaced, it may be that this player has lost the one that is played, or what
// only admins see. Whoever was renamed plays on under the new name.
func (f *feed) judged() tea.Msg {
	player, err := f.server.judgeAgain(f.visit, f.seat.Name())
	if err != nil {
		f.end(err.Error())
		return nil
	}
	was := f.player
	f.player = player
	if pass := passOf(player); pass != passOf(was) {
		f.seat.Show(pass)
	}
	if player.Admin == was.Admin {
		return nil
	}
	return tui.AdminMsg{Admin: player.Admin, Board: f.server.boardFor(f.ctx, player), Desk: f.deskOf(player)}
}
