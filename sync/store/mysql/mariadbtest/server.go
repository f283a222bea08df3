package mariadbtest

import (
	"net"
	"testing"
)

// Server is a MariaDB for one test. Its methods are not safe for concurrent use, and fail the test
// if they can't do what they say.
type Server struct {
	// DB is an empty database on the server.
	DB

	t    testing.TB
	proc *process
}

// Start starts a server with these options. It keeps its port and its data over Stop, Kill and
// Start, and is removed when the test ends.
func Start(t testing.TB, options ...string) *Server {
	t.Helper()
	return startWith(t, func(p *process) error {
		p.given = options
		return nil
	})
}

// StartTLS is Start for a server with a certificate from the authority for 127.0.0.1. Its DSN and
// URL don't ask for TLS.
func StartTLS(t testing.TB, ca *Authority) *Server {
	t.Helper()
	return startWith(t, func(p *process) error { return p.certify(ca, net.IPv4(127, 0, 0, 1)) })
}

// StartNameless is StartTLS with a certificate without a host, like MySQL's own.
func StartNameless(t testing.TB, ca *Authority) *Server {
	t.Helper()
	return startWith(t, func(p *process) error { return p.certify(ca) })
}

func startWith(t testing.TB, prepare func(*process) error) *Server {
	t.Helper()
	proc, err := newProcess()
	if err != nil {
		skipOrFail(t, err)
	}
	t.Cleanup(proc.remove)
	if err := prepare(proc); err != nil {
		skipOrFail(t, err)
	}
	if err := proc.start(); err != nil {
		skipOrFail(t, err)
	}
	return &Server{DB: create(t, proc.config("")), t: t, proc: proc}
}

// NewDB creates another empty database on the server.
func (s *Server) NewDB() DB {
	s.t.Helper()
	return create(s.t, s.proc.config(""))
}

// Start restarts the server after Stop or Kill, and returns when it answers.
func (s *Server) Start() {
	s.t.Helper()
	if err := s.proc.start(); err != nil {
		s.t.Fatalf("start MariaDB again: %v", err)
	}
}

// Stop shuts the server down cleanly, after thawing it.
func (s *Server) Stop() {
	s.t.Helper()
	if err := s.proc.stop(); err != nil {
		s.t.Fatalf("stop MariaDB: %v", err)
	}
}

// Kill ends the server like a power cut.
func (s *Server) Kill() {
	s.t.Helper()
	if err := s.proc.kill(); err != nil {
		s.t.Fatalf("kill MariaDB: %v", err)
	}
}

// Freeze suspends the server: the kernel still accepts connections, but nobody answers.
func (s *Server) Freeze() {
	s.t.Helper()
	if err := s.proc.freeze(); err != nil {
		s.t.Fatalf("freeze MariaDB: %v", err)
	}
}

// Thaw resumes a frozen server.
func (s *Server) Thaw() {
	s.t.Helper()
	if err := s.proc.thaw(); err != nil {
		s.t.Fatalf("thaw MariaDB: %v", err)
	}
}
