package mariadbtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
)

// template is a data directory with only the system tables. The first server of a test binary
// creates it, which takes seconds, and the others get a copy.
type template struct {
	mu   sync.Mutex
	kept bool   // while Main runs, because nothing else could remove the directory
	dir  string // empty before the first server
}

var systemTables template

// fill creates a server's data directory, with install if necessary.
func (s *template) fill(p *process, install string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	data := p.path("data")
	if s.dir != "" {
		return os.CopyFS(data, os.DirFS(s.dir))
	}
	args := append(p.options(), "--auth-root-authentication-method=normal", "--skip-test-db")
	if p.mysql {
		args = append(p.options(), "--initialize-insecure")
	}
	// Runs the installed server with arguments made here.
	out, err := exec.CommandContext(context.Background(), install, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", install, err, out)
	}
	if !s.kept {
		return nil
	}
	dir, err := os.MkdirTemp(tempDir(), "clickky-db-template-")
	if err != nil {
		return err
	}
	s.dir = dir
	return os.CopyFS(dir, os.DirFS(data))
}

// keep keeps the template until remove.
func (s *template) keep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = true
}

func (s *template) remove() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
	s.kept, s.dir = false, ""
}
