package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"clickky/cmd/clickky/systemd"
	"clickky/server/identity"
	"clickky/sync/ledger"

	"github.com/dustin/go-humanize"
)

const (
	// sessionsEnd is how long sessions have to end by themselves.
	sessionsEnd = 3 * time.Second
	// finalFlush is how long the last flush may take.
	finalFlush = 10 * time.Second
	// firstLoad is how long the start waits for the database before it logs that it goes on
	// waiting.
	firstLoad = 3 * time.Second
)

// play runs the game until the program is told to stop or a part of it fails.
func (s *instance) play(listeners []net.Listener, sd *systemd.Notifier) error {
	p, game, srv := s.process, s.game, s.server
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var running sync.WaitGroup
	failed := make(chan error, 1+len(listeners))
	running.Go(func() { s.screens.Run(ctx) })
	running.Go(func() { failed <- s.flusher.Run(ctx) })

	var err error
	select {
	case <-game.Loaded():
	case <-time.After(firstLoad):
	case <-p.ctx.Done():
	case err = <-failed:
	}
	if err == nil && p.ctx.Err() == nil {
		s.greet(listeners)
		for _, l := range listeners {
			running.Go(func() { failed <- srv.Serve(l) })
		}
		sd.Notify(systemd.Ready, systemd.Status+statusOf(game))
		// The publisher needs the ledger's lock and runs at least once a second, so it shows that
		// the game isn't stuck.
		running.Go(func() { sd.Watch(ctx, func() string { return statusOf(game) }, s.screens.SinceLastTick) })
		select {
		case <-p.ctx.Done():
		case err = <-failed:
		}
	}

	sd.Notify(systemd.Stopping, systemd.Status+"Saving the last clicks.")
	polite, hurried := context.WithTimeout(p.hurry, sessionsEnd)
	defer hurried()
	srv.Shutdown(polite)
	for _, l := range listeners {
		_ = l.Close() // in case the server never began to accept
	}
	cancel()
	running.Wait()
	last, late := context.WithTimeout(p.hurry, finalFlush)
	defer late()
	return errors.Join(err, s.flusher.Final(last))
}

// greet prints how to join the game.
func (s *instance) greet(listeners []net.Listener) {
	state := ""
	select {
	case <-s.game.Loaded():
	default:
		state = " (not connected yet; nobody can play until it is)"
	}
	data, err := filepath.Abs(s.Data)
	if err != nil {
		data = s.Data
	}
	out, at := s.process.stdout, listeners[0].Addr()
	_, _ = fmt.Fprintf(out, "Clickky is running.\n  listening on  %s\n", at)
	for _, l := range listeners[1:] {
		_, _ = fmt.Fprintf(out, "                %s\n", l.Addr())
	}
	_, _ = fmt.Fprintf(out, "  data in       %s\n  counts in     %s%s\n  play with     %s\n", data, s.db.where, state, sshCommand(at))
}

// sshCommand returns the command with which a player on this machine joins.
func sshCommand(at net.Addr) string {
	host, port, err := net.SplitHostPort(at.String())
	if ip := net.ParseIP(host); err != nil || ip.IsUnspecified() || ip.IsLoopback() {
		host = "localhost"
	}
	name, err := identity.ParseName(os.Getenv("USER"))
	player := name.String()
	if err != nil || player == "root" {
		player = "alice"
	}
	if port == "22" {
		return fmt.Sprintf("ssh %s@%s", player, host)
	}
	return fmt.Sprintf("ssh -p %s %s@%s", port, player, host)
}

// statusOf returns the status line of the game.
func statusOf(game *ledger.Ledger) string {
	now := game.Status()
	if !now.Open {
		return "Waiting for the database."
	}
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
