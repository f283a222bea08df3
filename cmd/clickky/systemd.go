package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"clickky/sync/ledger"
	"clickky/sync/live"
)

// Messages of sd_notify(3).
const (
	notifyReady    = "READY=1"
	notifyStopping = "STOPPING=1"
	notifyAlive    = "WATCHDOG=1"
	notifyStatus   = "STATUS=" // and a line
)

// statusEvery is how often systemd gets a status line.
const statusEvery = 10 * time.Second

// inherited returns the sockets that systemd opened for a socket unit; none without one. Players can
// connect to them while the server restarts.
func inherited() ([]net.Listener, error) {
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

// supervisor notifies systemd, if systemd started this program. Otherwise its methods do nothing.
type supervisor struct {
	active   bool
	watchdog time.Duration // the interval in which systemd expects a message; 0: none
	log      *slog.Logger
}

func newSupervisor(log *slog.Logger) *supervisor {
	watchdog, err := watchdogEvery()
	if err != nil {
		log.Warn("can't tell systemd's watchdog that the game is running", "err", err)
	}
	return &supervisor{active: os.Getenv("NOTIFY_SOCKET") != "", watchdog: watchdog, log: log}
}

// notify sends messages, one a line.
func (s *supervisor) notify(messages ...string) {
	if !s.active {
		return
	}
	if err := sdNotify(strings.Join(messages, "\n")); err != nil {
		s.log.Warn("can't tell systemd the status of the game", "err", err)
	}
}

// watch sends the status and feeds the watchdog until ctx ends. It stops feeding the watchdog
// when the publisher hangs, which needs the ledger's lock and runs at least once a second, so that
// systemd restarts a game that is stuck.
func (s *supervisor) watch(ctx context.Context, game *ledger.Ledger, screens *live.Live) {
	if !s.active {
		return
	}
	every := statusEvery
	if s.watchdog > 0 {
		every = min(every, s.watchdog/3)
	}
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	var status string
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		var messages []string
		if screens.SinceLastTick() < s.watchdog/2 {
			messages = append(messages, notifyAlive)
		}
		if now := notifyStatus + statusOf(game); now != status {
			status = now
			messages = append(messages, status)
		}
		if len(messages) > 0 {
			s.notify(messages...)
		}
	}
}

// statusOf returns the status line of the game.
func statusOf(game *ledger.Ledger) string {
	if !isLoaded(game) {
		return "Waiting for the database."
	}
	now := game.Status()
	line := fmt.Sprintf("%s online, %s clicks", humanize.Comma(int64(now.Online)), humanize.Comma(int64(now.Total)))
	switch {
	case now.JournalDown:
		line += ", can't write the journal"
	case now.StoreRefuses:
		line += ", the database rejects saves"
	case now.StoreDown:
		line += ", the database is unreachable"
	}
	return line + "."
}
