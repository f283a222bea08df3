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
	"clickky/sync/game"
)

const (
	// The pause after errors of Accept, which doubles up to the maximum.
	minAcceptPause = 5 * time.Millisecond
	maxAcceptPause = time.Second
)

// Serve accepts connections until Shutdown, and then returns nil. It closes the listener. If
// the listener is closed from outside, Serve returns an error.
func (s *Server) Serve(l net.Listener) error {
	defer l.Close()
	if !s.start() {
		return nil
	}
	defer context.AfterFunc(s.closing, func() { _ = l.Close() })()
	pause := minAcceptPause
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			s.accept(conn)
			pause = minAcceptPause
			continue
		case s.closing.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("accept connections: %w", err)
		}
		// The process may have run out of descriptors, for example.
		s.Log.Error("can't accept a connection", "err", err)
		select {
		case <-time.After(pause):
			pause = min(2*pause, maxAcceptPause)
		case <-s.closing.Done():
			return nil
		}
	}
}

// start starts the goroutines of the first Serve, and reports whether the server is open.
func (s *Server) start() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Err() != nil {
		return false
	}
	s.startBackground.Do(func() {
		s.background.Go(func() { s.connLimiter.Keepalive(s.ctx.Done()) })
		last := s.Ledger.Status().LastAction // before any session begins
		s.background.Go(func() { s.followActions(s.ctx, last) })
	})
	return true
}

// accept serves a connection on a goroutine of its own.
func (s *Server) accept(accepted net.Conn) {
	if s.Proxies.Contains(accepted.RemoteAddr()) {
		s.track(accepted, func() { s.acceptProxied(accepted) })
		return
	}
	s.handle(accepted)
}

// acceptProxied reads the client's address from a proxy's connection, and serves it.
func (s *Server) acceptProxied(accepted net.Conn) {
	conn, err := s.Proxies.ReadHeader(accepted)
	if err == nil {
		s.handle(conn)
		return
	}
	_ = accepted.Close()
	s.Log.Debug("connection refused", "from", accepted.RemoteAddr().String(), "err", err)
	if !errors.Is(err, admission.ErrHungUp) && s.closing.Err() == nil {
		s.proxyWarnings.Do(func() { // it may concern every connection
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

// track runs handle on its own goroutine and returns true. If the server is closing, it closes
// the connection and returns false. Shutdown waits for the goroutine, and closes the
// connection if sessions don't end in time.
func (s *Server) track(conn net.Conn, handle func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Err() != nil {
		_ = conn.Close()
		return false
	}
	s.conns[conn] = struct{}{}
	s.connsDone.Go(func() {
		handle()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.conns, conn)
	})
	return true
}

// beginSession makes Shutdown wait for a session, and reports whether the server is open.
func (s *Server) beginSession() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Err() != nil {
		return false
	}
	s.sessionsDone.Add(1)
	return true
}

// Shutdown stops accepting, ends every session with a sentence and waits for them. If ctx ends
// first, it closes the remaining connections. Further calls only wait.
func (s *Server) Shutdown(ctx context.Context) {
	s.stopAccepting()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.sessionsDone.Wait()
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
	s.closeConnections()
	<-done
	s.connsDone.Wait()
	s.cancelBackground()
	s.background.Wait()
}

func (s *Server) stopAccepting() {
	why := s.restartReason()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Err() != nil {
		return
	}
	s.close()
	for session := range s.sessions {
		session.end(why)
	}
}

// addSession adds a session to those that the server notifies, and reports whether the server
// is closing.
func (s *Server) addSession(session *Session) (closing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[session] = struct{}{}
	return s.closing.Err() != nil
}

func (s *Server) removeSession(session *Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, session)
}

// Sessions returns how many sessions are playing or running a command.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions)
}

// SessionsOf returns the sessions of a player, by the name on the leaderboard.
func (s *Server) SessionsOf(name string) []game.SessionInfo { return s.commands.SessionsOf(name) }

// list returns all sessions, for admins.
func (s *Server) list() []game.SessionInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]game.SessionInfo, 0, len(s.sessions))
	for session := range s.sessions {
		list = append(list, session.describe())
	}
	return list
}

// restartReason returns the sentence for sessions that Shutdown ends. While the journal can't
// be written, it doesn't promise that clicks are safe.
func (s *Server) restartReason() string {
	if s.Live.Latest().JournalDown {
		return messageClicksUnsafe
	}
	return messageRestarting
}

// closeConnections closes all connections, including those that are stuck or not logged in.
func (s *Server) closeConnections() {
	s.mu.Lock()
	conns := slices.Collect(maps.Keys(s.conns)) // none are added once the server is closing
	s.mu.Unlock()
	for _, conn := range conns {
		_ = conn.Close()
	}
}
