package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"time"

	"clickky/server/admission"
	"clickky/server/commands"
)

const (
	// After an error, the next Accept waits this long at first and at most.
	firstAcceptPause = 5 * time.Millisecond
	lastAcceptPause  = time.Second
)

// Serve accepts connections until Shutdown, and then returns nil. It closes the listener,
// and fails if somebody else closes it.
func (s *Server) Serve(l net.Listener) error {
	defer l.Close()
	if !s.listen(l) {
		return nil
	}
	pause := firstAcceptPause
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			s.accept(conn)
			pause = firstAcceptPause
			continue
		case s.isClosed():
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("accept connections: %w", err)
		}
		// There may be no descriptors left, for example. Some will be free again.
		s.Log.Error("can't accept a connection", "err", err)
		select {
		case <-time.After(pause):
			pause = min(2*pause, lastAcceptPause)
		case <-s.closing:
			return nil
		}
	}
}

// listen remembers a listener for Shutdown, unless that has begun.
func (s *Server) listen(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.listeners[l] = struct{}{}
	s.start.Do(func() {
		s.background.Go(func() { s.connLimiter.Keepalive(s.ctx.Done()) })
		last := s.Ledger.LastAction() // before any session begins
		s.background.Go(func() { s.followActions(s.ctx, last) })
	})
	return true
}

func (s *Server) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// accept serves a connection on a goroutine of its own.
func (s *Server) accept(accepted net.Conn) {
	if s.Proxies.Contains(accepted.RemoteAddr()) {
		s.track(accepted, func() { s.acceptProxied(accepted) })
		return
	}
	s.handle(accepted)
}

// acceptProxied waits until a proxy has told the client's address.
func (s *Server) acceptProxied(accepted net.Conn) {
	conn, err := s.Proxies.ReadHeader(accepted)
	if err == nil {
		s.handle(conn)
		return
	}
	_ = accepted.Close()
	s.Log.Debug("connection refused", "from", accepted.RemoteAddr().String(), "err", err)
	if !errors.Is(err, admission.ErrHungUp) && !s.isClosed() {
		s.proxyTrouble.Do(func() { // all connections may be like that
			s.Log.Warn("a proxy doesn't send its client's address: turn on the PROXY protocol there, or remove the proxy from --proxy-protocol",
				"from", accepted.RemoteAddr().String(), "err", excerpt(err.Error()))
		})
	}
}

// handle serves a client's connection, unless too many wait to log in.
func (s *Server) handle(accepted net.Conn) {
	conn, err := s.connLimiter.Admit(accepted)
	if err != nil {
		s.Log.Debug("connection refused", "from", accepted.RemoteAddr().String(), "err", err)
		_ = accepted.Close() // does not block: nothing was written to it
		return
	}
	tracked := s.track(conn, func() {
		defer conn.Release()
		conn.AwaitPenalty()
		s.ssh.HandleConn(conn)
	})
	if !tracked {
		conn.Release()
	}
}

// track handles a connection on a goroutine of its own, unless the server is
// closing; then it closes the connection. Shutdown waits for that goroutine, and
// closes the connection if it must.
func (s *Server) track(conn net.Conn, handle func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = conn.Close()
		return false
	}
	s.conns[conn] = struct{}{}
	s.connected.Go(func() {
		handle()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.conns, conn)
	})
	return true
}

// beginSession counts a session, unless the server is closing.
func (s *Server) beginSession() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.sessions.Add(1)
	}
	return !s.closed
}

// Shutdown stops accepting, tells every session why it ends and waits for all
// of them; when ctx ends first it closes the connections that are left.
// Shutting down again only waits.
func (s *Server) Shutdown(ctx context.Context) {
	s.stopAccepting()
	left := make(chan struct{})
	go func() {
		defer close(left)
		s.sessions.Wait()
	}()
	select {
	case <-left:
	case <-ctx.Done():
	}
	s.closeConnections()
	<-left
	s.connected.Wait()
	s.stop()
	s.background.Wait()
}

func (s *Server) stopAccepting() {
	why := s.restartReason()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	close(s.closing)
	for session := range s.present {
		session.end(why)
	}
	for l := range s.listeners {
		_ = l.Close()
	}
}

// add adds a session to those that are told what happens, and reports whether the server
// is closing.
func (s *Server) add(session *Session) (closing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.present[session] = struct{}{}
	return s.closed
}

func (s *Server) remove(session *Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.present, session)
}

// Sessions is how many sessions there are, with a screen or a command.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.present)
}

// SessionsOf returns the sessions of a player, by the name on the leaderboard.
func (s *Server) SessionsOf(name string) []commands.SessionInfo { return s.commands.SessionsOf(name) }

// list returns all sessions, for admins.
func (s *Server) list() []commands.SessionInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]commands.SessionInfo, 0, len(s.present))
	for session := range s.present {
		list = append(list, session.describe())
	}
	return list
}

// restartReason is the sentence for sessions that Shutdown ends. It promises nothing
// while the journal can't be written.
func (s *Server) restartReason() string {
	if s.Live.Latest().JournalDown {
		return sayUnsure
	}
	return sayRestarting
}

// closeConnections ends what is stuck, and clients that have not logged in.
func (s *Server) closeConnections() {
	s.mu.Lock()
	conns := slices.Collect(maps.Keys(s.conns)) // no more are added by now
	s.mu.Unlock()
	for _, conn := range conns {
		_ = conn.Close()
	}
}
