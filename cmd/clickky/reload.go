package main

import (
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"clickky/server/identity"
)

// catchHangUps has SIGHUP mean that the files of keys are to be read again. From
// then on it ends the program no more, whenever it comes, until stop is called.
// Several that come before one is taken are one: the files are read after the
// last. On systems without SIGHUP none ever comes.
func catchHangUps() (hangUps <-chan os.Signal, stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	return signals, func() { signal.Stop(signals) }
}

// reloadOn reads the files of keys again at each signal, and has those trusted
// that they name. What cannot be read changes nothing. Stop ends it and waits.
func reloadOn(hangUps <-chan os.Signal, admins *identity.Admins, trust func(*identity.Admins), log *slog.Logger) (stop func()) {
	done := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-hangUps:
			}
			again, err := admins.Reload()
			if err != nil {
				log.Error("the admins stay as they were: mend what is wrong, and send SIGHUP again", "err", err)
				continue
			}
			trust(again)
			log.Info("the admins' keys were read again", "keys", again.Keys())
		}
	})
	return func() {
		close(done)
		running.Wait()
	}
}
