package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"clickky/cmd/clickky/loadtest"
)

const (
	// benchSettle is how long the clickers play before it counts: the speed
	// that the screens show is an average over as long.
	benchSettle = 3 * time.Second
	// plainProgress is how often progress is printed when standard error is not a terminal.
	plainProgress = 5 * time.Second
	// sshPort is the port of an address without one.
	sshPort = "22"
)

// benchCmd runs the load test.
type benchCmd struct {
	Targets  []string      `arg:"" optional:"" name:"ssh://host:port" help:"The server to test, or several servers of one game. Without it, bench starts its own server."`
	Players  int           `default:"100" placeholder:"N" help:"How many players connect (${default})."`
	Clickers int           `default:"10" placeholder:"N" help:"How many of them click; the others watch (${default})."`
	Rate     float64       `default:"5" placeholder:"R" help:"Clicks per second of each clicker (${default}). A server counts no more than its --max-rate."`
	Chaff    bool          `help:"Clickers also send a small packet every 20 ms, as OpenSSH 9.5 and newer do while somebody types."`
	For      time.Duration `default:"30s" placeholder:"D" help:"How long to measure once everyone is connected; twice as long with several servers (${default})."`
	JSON     bool          `name:"json" help:"Print one JSON object."`
	Mine     bool          `name:"yes-i-run-that-server" help:"Confirm that you run the server, if it is on another machine."`
}

// Validate implements kong's check.
func (c *benchCmd) Validate() error {
	switch {
	case c.Players < 1:
		return errors.New("--players must be at least 1")
	case c.Clickers < 0:
		return errors.New("--clickers can't be negative")
	case !(c.Rate > 0 && c.Rate <= 1000):
		return errors.New("--rate must be more than 0 and at most 1000")
	case c.For <= 0:
		return errors.New("--for must be more than 0")
	}
	return nil
}

// Run implements the command.
func (c *benchCmd) Run(p *app) (err error) {
	config := loadtest.Config{
		Players: c.Players, Clickers: min(c.Clickers, c.Players), Rate: c.Rate, Chaff: c.Chaff, Settle: benchSettle, For: c.For,
	}
	if len(c.Targets) == 0 {
		own, err := startBenchServer(p, c)
		if err != nil {
			return err
		}
		defer own.stop(p.hurry)
		config.Targets = []loadtest.Target{{Addr: own.addr, PID: own.cmd.Process.Pid}}
	} else if config.Targets, err = c.targets(p.ctx); err != nil {
		return err
	}
	progress := newProgress(p.stderr)
	config.Progress = progress.tell
	report, err := loadtest.Run(p.ctx, config)
	progress.clear()
	switch {
	case err != nil:
		return err
	case c.JSON:
		return json.NewEncoder(p.stdout).Encode(report)
	}
	return report.Print(p.stdout)
}

// targets are the servers to test.
func (c *benchCmd) targets(ctx context.Context) ([]loadtest.Target, error) {
	var all []loadtest.Target
	for _, text := range c.Targets {
		t, err := c.target(ctx, text)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(o loadtest.Target) bool { return o.Addr == t.Addr }) {
			return nil, usageError{fmt.Errorf("%s is listed twice; name each server once", text)}
		}
		all = append(all, t)
	}
	return all, nil
}

// target parses an address to test, and finds the process that serves it if that process is visible.
// An address on another machine needs --yes.
func (c *benchCmd) target(ctx context.Context, text string) (t loadtest.Target, err error) {
	host, port, err := splitTarget(text)
	if err != nil {
		return t, usageError{err}
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return t, fmt.Errorf("look up %s: %w", host, err)
	}
	local := true
	at := ips[0].Unmap()
	for _, ip := range ips {
		local = local && ip.Unmap().IsLoopback()
		if ip.Unmap().Is4() && !at.Is4() {
			at = ip.Unmap() // of which there are many on loopback
		}
	}
	if !local && !c.Mine {
		return t, usageError{fmt.Errorf("%s is not on this machine: add --yes-i-run-that-server, but only if you really run it", host)}
	}
	t.Addr = net.JoinHostPort(at.String(), port)
	if _, err := netip.ParseAddrPort(t.Addr); err != nil {
		return t, usageError{fmt.Errorf("%s needs a port from 1 to 65535", text)}
	}
	if local {
		t.PID = loadtest.ListenerOn(t.Addr)
	}
	return t, nil
}

// splitTarget splits ssh://host:port and fills in defaults for missing parts.
func splitTarget(target string) (host, port string, err error) {
	if !strings.Contains(target, "://") {
		target = "ssh://" + target
	}
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "ssh" || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" {
		return "", "", fmt.Errorf("%s is not an address like ssh://localhost:2222; leave out the user name", target)
	}
	if port = u.Port(); port == "" {
		port = sshPort
	}
	return u.Hostname(), port, nil
}

// progress prints how far a test is: in place on a terminal, otherwise as a line every few seconds.
type progress struct {
	to      io.Writer
	inPlace bool
	last    time.Time
}

func newProgress(to io.Writer) *progress {
	p := &progress{to: to, last: time.Now()}
	if f, ok := to.(*os.File); ok {
		info, err := f.Stat()
		p.inPlace = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

func (p *progress) tell(now loadtest.Progress) {
	switch {
	case p.inPlace:
		_, _ = fmt.Fprint(p.to, "\r"+progressLine(now)+"\x1b[K")
	case time.Since(p.last) >= plainProgress:
		p.last = time.Now()
		_, _ = fmt.Fprintln(p.to, progressLine(now))
	}
}

// clear erases the progress line on a terminal.
func (p *progress) clear() {
	if p.inPlace {
		_, _ = fmt.Fprint(p.to, "\r\x1b[K")
	}
}

func progressLine(now loadtest.Progress) string {
	if now.For == 0 {
		return fmt.Sprintf("connecting: %s of %s, %.0f logins per second, %s refused and retried",
			humanize.Comma(int64(now.Connected)), humanize.Comma(int64(now.Players)), now.LoginsPerSecond, humanize.Comma(int64(now.Refused)))
	}
	if now.InTurns {
		return fmt.Sprintf("playing in turns: %v of %v, %s connected", now.Elapsed.Round(time.Second), now.For, humanize.Comma(int64(now.Connected)))
	}
	line := fmt.Sprintf("playing: %v of %v, %s connected, %s frames per second",
		now.Elapsed.Round(time.Second), now.For, humanize.Comma(int64(now.Connected)), humanize.Comma(int64(now.FramesPerSecond)))
	if now.OwnScreen != nil {
		line += fmt.Sprintf(", own screen p99 %.1f ms", now.OwnScreen.P99)
	}
	return line
}
