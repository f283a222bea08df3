// Package systemd is what the program and systemd tell each other: sockets that a unit has opened,
// status, and the watchdog. Without systemd it does nothing.
package systemd

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"
)

// Messages of sd_notify(3).
const (
	Ready    = "READY=1"
	Stopping = "STOPPING=1"
	Status   = "STATUS=" // and a line

	alive = "WATCHDOG=1"
)

// statusEvery is how often systemd gets a status line.
const statusEvery = 10 * time.Second

// Listeners returns the sockets that systemd opened for a socket unit; none without one. Players can
// connect to them while the server restarts.
func Listeners() ([]net.Listener, error) {
	var listeners []net.Listener
	for _, f := range activationFiles() {
		l, err := net.FileListener(f)
		_ = f.Close() // the listener has a descriptor of its own
		if err == nil && l.Addr().Network() != "tcp" {
			err = fmt.Errorf("it is a %s socket", l.Addr().Network())
		}
		if err != nil {
			return nil, fmt.Errorf("can't use the socket %s from systemd: %w; set a port in its unit, as in ListenStream=2222", f.Name(), err)
		}
		listeners = append(listeners, l)
	}
	return listeners, nil
}

// Notifier notifies systemd, if systemd started this program. Otherwise its methods do nothing.
type Notifier struct {
	active   bool
	watchdog time.Duration // the interval in which systemd expects a message; 0: none
	log      *slog.Logger
}

// NewNotifier returns the notifier of this process.
func NewNotifier(log *slog.Logger) *Notifier {
	watchdog, err := watchdogEvery()
	if err != nil {
		log.Warn("can't tell systemd's watchdog that the game is running", "err", err)
	}
	return &Notifier{active: os.Getenv("NOTIFY_SOCKET") != "", watchdog: watchdog, log: log}
}

// Notify sends messages, one a line.
func (n *Notifier) Notify(messages ...string) {
	if !n.active {
		return
	}
	if err := sdNotify(strings.Join(messages, "\n")); err != nil {
		n.log.Warn("can't tell systemd the status of the game", "err", err)
	}
}

// Watch sends the status whenever it has changed, until ctx ends. It feeds the watchdog as long as
// sinceAlive returns less than half the watchdog's time; otherwise systemd restarts the program.
func (n *Notifier) Watch(ctx context.Context, status func() string, sinceAlive func() time.Duration) {
	if !n.active {
		return
	}
	every := statusEvery
	if n.watchdog > 0 {
		every = min(every, n.watchdog/3)
	}
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	var sent string
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		var messages []string
		if sinceAlive() < n.watchdog/2 {
			messages = append(messages, alive)
		}
		if now := Status + status(); now != sent {
			sent = now
			messages = append(messages, now)
		}
		if len(messages) > 0 {
			n.Notify(messages...)
		}
	}
}
