package server

import (
	"fmt"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"clickky/server/gate"
	"clickky/server/identity"
	"clickky/sync/ledger"
	"clickky/tui"
)

// feed is what happens outside of one screen and matters to it. All of it comes
// through one channel that says that there is something, because waiting for
// several costs more, and a screen waits ten times a second. One goroutine may
// call next; pressed and end may be called by any.
type feed struct {
	server *Server
	player identity.Player
	wake   chan struct{} // has room for one value
	news   *ledger.Subscription
	size   <-chan gate.Size
	ending atomic.Pointer[string] // why the session is to end
	keys   uint64                 // as of the last snapshot
	idle   *time.Timer            // nil without an AFK limit
}

// newFeed returns the feed of a player's screen. The caller closes it when
// nobody calls next any more.
func (s *Server) newFeed(player identity.Player, channel *gate.Channel) *feed {
	f := &feed{server: s, player: player, wake: make(chan struct{}, 1)}
	f.news = s.Ledger.SubscribeOn(f.wake)
	f.size = channel.ResizesOn(f.wake)
	if s.AFK > 0 {
		f.idle = time.AfterFunc(s.AFK, func() { f.end(sayAway) })
	}
	s.follow(f)
	return f
}

func (f *feed) close() {
	f.server.forget(f)
	f.news.Close()
	if f.idle != nil {
		f.idle.Stop()
	}
}

// pressed says that the player has pressed something.
func (f *feed) pressed() {
	if f.idle != nil {
		f.idle.Reset(f.server.AFK)
	}
}

// end has the session end, and says why.
func (f *feed) end(why string) {
	f.ending.CompareAndSwap(nil, &why)
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// next returns the next message to the screen; nil when there is none.
func (f *feed) next() tea.Msg {
	if why := f.ending.Load(); why != nil {
		if *why == "" {
			return nil // it was told already
		}
		f.ending.Store(new(string))
		return tui.EndMsg{Reason: *why}
	}
	select {
	case size := <-f.size:
		return tea.WindowSizeMsg{Width: size.Width, Height: size.Height}
	default:
	}
	if snap := f.news.Take(); snap != nil {
		return f.snapshot(snap)
	}
	return nil
}

// snapshot is the message for a snapshot. When names have changed hands, it may
// be that this player has lost the one that is played.
func (f *feed) snapshot(snap *ledger.Snapshot) tea.Msg {
	if snap.Keys != f.keys {
		f.keys = snap.Keys
		if _, err := f.server.rules.Judge(f.player.Name, f.player.Key); err != nil {
			return tui.EndMsg{Reason: fmt.Sprintf(sayTaken, f.player.Name)}
		}
	}
	return tui.SnapshotMsg{Snapshot: snap}
}

// follow has a feed learn of the server's end.
func (s *Server) follow(f *feed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.feeds[f] = struct{}{}
	if s.closed {
		f.end(sayRestarting)
	}
}

func (s *Server) forget(f *feed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.feeds, f)
}
