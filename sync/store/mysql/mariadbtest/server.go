package mariadbtest

import (
	"net"
	"testing"
)

// Server is a MariaDB of one test's own. Its methods are not safe for
// concurrent use, and fail the test where they cannot do what they say.
type Server struct {
	// DB is an empty database on the server.
	DB

	t    testing.TB
	proc *process
}

// Start starts a server that is stopped and removed when the test ends. It
// keeps its port and its data over Stop, Kill and Start. The options are those of its
// command line.
func Start(t testing.TB, options ...string) *Server {
	t.Helper()
	return startWith(t, func(p *process) error {
		p.given = options
		return nil
	})
}

// StartTLS is Start for a server with a certificate of the authority for
// 127.0.0.1. Its DSN and URL say nothing of that.
func StartTLS(t testing.TB, ca *Authority) *Server {
	t.Helper()
	return startWith(t, func(p *process) error { return p.certify(ca, net.IPv4(127, 0, 0, 1)) })
}

// StartNameless is StartTLS with a certificate that names no host, as those that MySQL
// makes for itself.
func StartNameless(t testing.TB, ca *Authority) *Server {
	t.Helper()
	return startWith(t, func(p *process) error { return p.certify(ca) })
}

func startWith(t testing.TB, prepare func(*process) error) *Server {
	t.Helper()
	proc, err := newProcess()
	if err != nil {
		giveUp(t, err)
	}
	t.Cleanup(proc.remove)
	if err := prepare(proc); err != nil {
		giveUp(t, err)
	}
	if err := proc.start(); err != nil {
		giveUp(t, err)
	}
	return &Server{DB: create(t, proc.config("")), t: t, proc: proc}
}

// NewDB creates another empty database on the server.
func (s *Server) NewDB() DB {
	s.t.Helper()
	return create(s.t, s.proc.config(""))
}

// Start starts the server after Stop or Kill and returns when it answers.
func (s *Server) Start() {
	s.t.Helper()
	if err := s.proc.start(); err != nil {
		s.t.Fatalf("start MariaDB again: %v", err)
	}
}

// Stop shuts the server down in good order, thawing it first.
func (s *Server) Stop() {
	s.t.Helper()
	if err := s.proc.stop(); err != nil {
		s.t.Fatalf("stop MariaDB: %v", err)
	}
}

// Kill ends the server as a power cut would, without any order.
func (s *Server) Kill() {
	s.t.Helper()
	if err := s.proc.kill(); err != nil {
		s.t.Fatalf("kill MariaDB: %v", err)
	}
}

// Freeze suspends the server: the kernel goes on accepting connections for it,
// and nobody answers.
func (s *Server) Freeze() {
	s.t.Helper()
	if err := s.proc.freeze(); err != nil {
		s.t.Fatalf("freeze MariaDB: %v", err)
	}
}

// Thaw lets a frozen server go on.
func (s *Server) Thaw() {
	s.t.Helper()
	if err := s.proc.thaw(); err != nil {
		s.t.Fatalf("thaw MariaDB: %v", err)
	}
}
