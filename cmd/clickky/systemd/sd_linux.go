package systemd

import (
	"os"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"
)

// activationFiles returns the descriptors that systemd passed; a second call returns none.
func activationFiles() []*os.File { return activation.Files(true) }

// watchdogEvery is systemd's watchdog interval; 0 if it has none.
func watchdogEvery() (time.Duration, error) { return daemon.SdWatchdogEnabled(false) }

// sdNotify sends a message to systemd.
func sdNotify(message string) error {
	_, err := daemon.SdNotify(false, message)
	return err
}
