package main

import (
	"os"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"
)

// passedOn are the descriptors that systemd has passed on, once.
func passedOn() []*os.File { return activation.Files(true) }

// watchdogEvery is how often systemd wants to hear from the program; 0: never.
func watchdogEvery() (time.Duration, error) { return daemon.SdWatchdogEnabled(false) }

// notify tells systemd something.
func notify(news string) error {
	_, err := daemon.SdNotify(false, news)
	return err
}
