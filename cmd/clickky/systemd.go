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

// What systemd is told.
const (
	sayReady    = "READY=1"
	sayStopping = "STOPPING=1"
	sayAlive    = "WATCHDOG=1"
	sayStatus   = "STATUS=" // and a line
)

// statusEvery is how often systemd is told how the game does.
const statusEvery = 10 * time.Second

// inherited are the sockets that systemd has opened and passed on. Players can
// connect to them while no server runs; the next one answers. None without
// systemd, or without a socket unit.
func inherited() ([]net.Listener, error) {
	var listeners []net.Listener
	for _, f := range passedOn() {
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

// supervisor is systemd, if it has started this program and wants to know how it
// does. If not, telling it anything does nothing.
type supervisor struct {
	there    bool
	watchdog time.Duration // it wants to hear from the program so often; 0: it does not
	log      *slog.Logger
}

func newSupervisor(log *slog.Logger) *supervisor {
	watchdog, err := watchdogEvery()
	if err != nil {
		log.Warn("can't tell systemd's watchdog that the game is running", "err", err)
	}
	return &supervisor{there: os.Getenv("NOTIFY_SOCKET") != "", watchdog: watchdog, log: log}
}

// tell sends news, one a line.
func (s *supervisor) tell(news ...string) {
	if !s.there {
		return
	}
	if err := notify(strings.Join(news, "\n")); err != nil {
		s.log.Warn("can't tell systemd the status of the game", "err", err)
	}
}

// watch tells how the game does, until ctx ends. The watchdog hears that the game
// lives only while it does: while the ledger's publisher turns over, which it does
// once a second at least, and not without the ledger's lock. A game that is stuck is
// restarted so.
func (s *supervisor) watch(ctx context.Context, game *ledger.Ledger, screens *live.Live) {
	if !s.there {
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
		var news []string
		if screens.SinceTurn() < s.watchdog/2 {
			news = append(news, sayAlive)
		}
		if now := sayStatus + statusOf(game); now != status {
			status = now
			news = append(news, status)
		}
		if len(news) > 0 {
			s.tell(news...)
		}
	}
}

// statusOf is a line on how the game does.
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
