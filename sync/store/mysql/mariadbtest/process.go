package mariadbtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	driver "github.com/go-sql-driver/mysql"
)

var errNotInstalled = errors.New("MariaDB is not installed (apt-get install mariadb-server)")

// patience is the time limit for starting or stopping a server, generous for busy machines.
const patience = time.Minute

// process is one mariadbd with its directory. It is not safe for concurrent use.
type process struct {
	dir    string
	binary string
	mysql  bool // MySQL, not MariaDB
	port   int
	tls    []string // options that turn TLS on or off
	given  []string // options of the test, which take precedence

	cmd    *exec.Cmd
	exited chan struct{} // closed when cmd has ended; nil before the first start
}

// newProcess creates the directory and the system tables of a server.
func newProcess() (*process, error) {
	p := &process{tls: []string{"--skip-ssl"}}
	install, err := p.chooseServer()
	if err != nil {
		return nil, err
	}
	// Not in the test's directory: the path of a socket is limited to 107 bytes, and those names
	// are long.
	if p.dir, err = os.MkdirTemp(tempDir(), "clickky-db-"); err != nil {
		return nil, err
	}
	if p.mysql {
		p.tls = []string{"--tls-version="}
	}
	if err := systemTables.fill(p, install); err != nil {
		p.remove()
		return nil, err
	}
	grants := "CREATE USER IF NOT EXISTS '" + user + "'@'%' IDENTIFIED BY '" + Password + "';\n" +
		"GRANT ALL ON *.* TO '" + user + "'@'%' WITH GRANT OPTION;\n"
	if err := os.WriteFile(p.path("init.sql"), []byte(grants), 0o600); err != nil {
		p.remove()
		return nil, err
	}
	return p, nil
}

// chooseServer finds the server, and the program that creates its system tables. MySQL, which creates
// them itself, is only used from CLICKKY_TEST_DB_DIR.
func (p *process) chooseServer() (install string, err error) {
	if dir := os.Getenv(envDir); dir != "" {
		if path, err := exec.LookPath(filepath.Join(dir, "mysqld")); err == nil {
			p.binary, p.mysql = path, true
			return path, nil
		}
	}
	if p.binary, err = findProgram("mariadbd"); err != nil {
		return "", err
	}
	return findProgram("mariadb-install-db")
}

// findProgram looks for a program on PATH and where distributions install daemons.
func findProgram(name string) (string, error) {
	if dir := os.Getenv(envDir); dir != "" {
		path, err := exec.LookPath(filepath.Join(dir, name))
		if err != nil {
			return "", fmt.Errorf("%s names a directory with neither mysqld nor %s: %w", envDir, name, err)
		}
		return path, nil
	}
	for _, candidate := range []string{name, "/usr/sbin/" + name, "/usr/local/sbin/" + name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: no %s", errNotInstalled, name)
}

func (p *process) path(name string) string { return filepath.Join(p.dir, name) }

// options returns the options for both the server and the program that creates its system tables.
func (p *process) options() []string {
	args := []string{
		"--no-defaults", // must come first
		"--datadir=" + p.path("data"),
		"--tmpdir=" + p.dir,
		"--skip-name-resolve",
		"--innodb-buffer-pool-size=16M",
	}
	// The machine keeps its power, whatever a test does to the server.
	if p.mysql {
		args = append(args, "--innodb-redo-log-capacity=16M", "--innodb-flush-log-at-trx-commit=2",
			"--innodb-flush-method=nosync", "--innodb-doublewrite=OFF")
	} else {
		args = append(args, "--innodb-log-file-size=16M", "--innodb-flush-method=nosync", "--loose-debug-no-sync")
	}
	if os.Geteuid() == 0 {
		args = append(args, "--user=root")
	}
	return args
}

// start runs the server and returns when it answers. The first start chooses the port.
func (p *process) start() error {
	if p.running() {
		return errors.New("it is running already")
	}
	if p.port != 0 {
		return p.launch()
	}
	// Another process may take the port before the server listens on it.
	var err error
	for range 5 {
		if p.port, err = freePort(); err != nil {
			return err
		}
		if err = p.launch(); err == nil {
			return nil
		}
	}
	return err
}

func freePort() (int, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	addr, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return 0, errors.Join(errors.New("a TCP listener without a TCP address"), listener.Close())
	}
	return addr.Port, listener.Close()
}

func (p *process) launch() error {
	log, err := os.OpenFile(p.path("log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	args := append(p.options(),
		"--bind-address=127.0.0.1", "--port="+strconv.Itoa(p.port),
		"--socket="+p.path("socket"), "--pid-file="+p.path("pid"),
		"--init-file="+p.path("init.sql"), "--skip-log-bin", "--performance-schema=OFF", "--max-connections=300")
	if p.mysql {
		args = append(args, "--mysqlx=OFF", "--secure-file-priv=NULL")
	} else {
		args = append(args, "--plugin-maturity=unknown")
	}
	args = append(append(args, p.tls...), p.given...)
	// Runs the installed MariaDB with arguments made here.
	cmd := exec.CommandContext(context.Background(), p.binary, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = dieWithParent()

	started, exited := make(chan error), make(chan struct{})
	go func() {
		// The kernel ends the child with the thread that created it, not with the process. This
		// goroutine keeps the thread until the server has ended.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // the log has the reason
		}
		_ = log.Close()
		close(exited)
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("run mariadbd: %w", err)
	}
	p.cmd, p.exited = cmd, exited
	if err := p.awaitReady(); err != nil {
		return errors.Join(err, p.kill())
	}
	return nil
}

// awaitReady returns when the server answers the tests' user.
func (p *process) awaitReady() error {
	connector, err := driver.NewConnector(p.config(""))
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.exited:
			return fmt.Errorf("mariadbd ended at once; its log:\n%s", p.log())
		case <-ctx.Done():
			return fmt.Errorf("mariadbd does not answer: %w; its log:\n%s", err, p.log())
		case <-retry.C:
		}
	}
}

func (p *process) log() []byte {
	out, err := os.ReadFile(p.path("log"))
	if err != nil {
		return []byte(err.Error())
	}
	return out[max(0, len(out)-4096):]
}

// config returns the configuration of the tests' user.
func (p *process) config(database string) *driver.Config {
	cfg := driver.NewConfig()
	cfg.User, cfg.Passwd, cfg.DBName = user, Password, database
	cfg.Net, cfg.Addr = "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p.port))
	cfg.Timeout = 5 * time.Second
	cfg.Logger = &driver.NopLogger{} // refused connections are expected here
	return cfg
}

func (p *process) running() bool {
	if p.exited == nil {
		return false
	}
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

func (p *process) stop() error {
	if !p.running() {
		return nil
	}
	if err := errors.Join(p.signal(syscall.SIGCONT), p.signal(syscall.SIGTERM)); err != nil {
		return err
	}
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	select {
	case <-p.exited:
		return nil
	case <-deadline.C:
		return errors.Join(errors.New("it does not end when asked to"), p.kill())
	}
}

func (p *process) kill() error {
	if !p.running() {
		return nil
	}
	err := p.signal(syscall.SIGKILL)
	<-p.exited
	return err
}

func (p *process) freeze() error {
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	return awaitStopped(p.cmd.Process.Pid)
}

func (p *process) thaw() error { return p.signal(syscall.SIGCONT) }

func (p *process) signal(sig syscall.Signal) error {
	if p.cmd == nil {
		return errors.New("it was never started")
	}
	err := p.cmd.Process.Signal(sig)
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// remove kills the server and deletes its directory.
func (p *process) remove() {
	_ = p.kill()
	_ = os.RemoveAll(p.dir)
}
