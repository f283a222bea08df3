package main

import (
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"

	"clickky/cmd/clickky/settings"
	"clickky/server/identity"
)

// reloadable are the settings that SIGHUP reloads.
var reloadable = []string{"admin", "ban", "log-level"}

// catchHangUps delivers SIGHUPs on a channel until stop is called, instead of letting them end the
// program. Signals that arrive while one is waiting in the channel are merged with it. On systems
// without SIGHUP nothing is ever delivered.
func catchHangUps() (hangUps <-chan os.Signal, stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	return signals, func() { signal.Stop(signals) }
}

// reloader reloads the settings and key files that may change while the server runs. It is not safe
// for concurrent use.
type reloader struct {
	process     *app // as it was started
	admins      *identity.Admins
	trust       func(*identity.Admins, *identity.Bans)
	certificate *certificate // nil without --web-tls
	level       *slog.LevelVar
	log         *slog.Logger
}

// reloadOn reloads at each signal. A setting that can't be read stays as it is. Stop ends the
// goroutine and waits for it.
func reloadOn(hangUps <-chan os.Signal, r *reloader) (stop func()) {
	done := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-hangUps:
			}
			if err := r.reload(); err != nil {
				r.log.Error("the reload failed and changed nothing: fix the problem and send SIGHUP again", "err", err)
			}
		}
	})
	return func() {
		close(done)
		running.Wait()
	}
}

// reload parses the command line, the environment and the settings file as at a start, and applies
// the admins, bans and log level that they name.
func (r *reloader) reload() error {
	again := &app{ctx: r.process.ctx, hurry: r.process.hurry, stdout: io.Discard, stderr: io.Discard, args: r.process.args}
	var c cli
	if _, err := again.parse(&c); err != nil {
		return err
	}
	admins, err := r.admins.Reload(c.Serve.Admin)
	if err != nil {
		return err
	}
	bans, err := identity.ParseBans(c.Serve.Ban)
	if err != nil {
		return err
	}
	if r.certificate != nil {
		if err := r.certificate.reload(); err != nil {
			return err
		}
	}
	r.admins = admins
	r.trust(admins, bans)
	before := r.level.Level()
	r.level.Set(min(before, c.Serve.LogLevel)) // both hear of it
	r.log.Info("reloaded settings, admins and bans", "keys", admins.Keys(), "bans", bans.Len(), "level", c.Serve.LogLevel)
	warnOfSkippedKeys(r.log, admins)
	again.warnOfOpenFile(r.log)
	changed := settings.Changed(r.process.call.Selected().Flags, again.call.Selected().Flags)
	changed = slices.DeleteFunc(changed, func(name string) bool { return slices.Contains(reloadable, name) })
	if len(changed) > 0 {
		r.log.Warn("some changed settings take effect at the next start", "settings", strings.Join(changed, ", "))
	}
	r.level.Set(c.Serve.LogLevel)
	return nil
}

// warnOfSkippedKeys warns of keys in the files of --admin that make nobody an admin.
func warnOfSkippedKeys(log *slog.Logger, admins *identity.Admins) {
	for _, s := range admins.Skipped() {
		log.Warn("ignored an admin key that has options in front of it; remove the options", "file", s.File, "line", s.Line)
	}
}
