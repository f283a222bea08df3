package main

import (
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"

	"clickky/cmd/clickky/settings"
	"clickky/server/identity"
)

// reloadable are the settings that SIGHUP reloads.
var reloadable = []string{"admin", "ban", "log-level"}

// reloadOn reloads at each signal. A setting that can't be read stays as it is. Stop ends the
// goroutine and waits for it.
func (s *instance) reloadOn(hangUps <-chan os.Signal) (stop func()) {
	done := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-hangUps:
			}
			if err := s.reload(); err != nil {
				s.log.Error("the reload failed and changed nothing: fix the problem and send SIGHUP again", "err", err)
			}
		}
	})
	return func() {
		close(done)
		running.Wait()
	}
}

// reload parses the command line, the environment and the settings file as at a start, and applies
// the admins, bans and log level that they name. It is not safe for concurrent use.
func (s *instance) reload() error {
	again := &app{ctx: s.process.ctx, hurry: s.process.hurry, stdout: io.Discard, stderr: io.Discard, args: s.process.args}
	var c cli
	if _, err := again.parse(&c); err != nil {
		return err
	}
	admins, err := s.admins.Reload(c.Serve.Admin)
	if err != nil {
		return err
	}
	bans, err := identity.ParseBans(c.Serve.Ban)
	if err != nil {
		return err
	}
	if s.certificate != nil {
		if err := s.certificate.reload(); err != nil {
			return err
		}
	}
	s.admins = admins
	s.server.Reload(admins, bans)
	before := s.level.Level()
	s.level.Set(min(before, c.Serve.LogLevel)) // both hear of it
	s.log.Info("reloaded settings, admins and bans", "keys", admins.Keys(), "bans", bans.Len(), "level", c.Serve.LogLevel)
	warnOfSkippedKeys(s.log, admins)
	again.warnOfOpenFile(s.log)
	changed := settings.Changed(s.process.call.Selected().Flags, again.call.Selected().Flags)
	changed = slices.DeleteFunc(changed, func(name string) bool { return slices.Contains(reloadable, name) })
	if len(changed) > 0 {
		s.log.Warn("some changed settings take effect at the next start", "settings", strings.Join(changed, ", "))
	}
	s.level.Set(c.Serve.LogLevel)
	return nil
}

// warnOfSkippedKeys warns of keys in the files of --admin that make nobody an admin.
func warnOfSkippedKeys(log *slog.Logger, admins *identity.Admins) {
	for _, s := range admins.Skipped() {
		log.Warn("ignored an admin key that has options in front of it; remove the options", "file", s.File, "line", s.Line)
	}
}
