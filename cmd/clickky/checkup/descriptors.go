package checkup

import (
	"errors"
	"fmt"

	"github.com/dustin/go-humanize"
	"github.com/prometheus/procfs"

	"clickky/sync/finding"
)

const (
	// otherConns is how many connections a server may have besides its players:
	// those that wait to log in and those that are being rejected.
	otherConns = 600
	// ownFiles is how many descriptors a server has for its journal, database and log.
	ownFiles = 100
)

// Descriptors reports whether a server may open enough descriptors for its players and for the
// connections to its web page, one for each. If pid is not 0, the limit is that of the running
// server with that pid.
func Descriptors(maxPlayers, webConns, pid int) finding.Finding {
	have, err := limitOf(pid)
	whose := "the running server"
	if err != nil {
		whose = "a server started from here"
		have, err = ownLimit()
	}
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return finding.Skipf("can't read the limit on this system")
	case err != nil:
		return finding.Warnf("check with: ulimit -n", "%v", err)
	}
	return descriptors(have, maxPlayers, webConns, whose)
}

// limitOf returns how many descriptors a process may open; it fails unless on Linux.
func limitOf(pid int) (uint64, error) {
	p, err := procfs.NewProc(pid)
	if err != nil {
		return 0, err
	}
	limits, err := p.Limits()
	return limits.OpenFiles, err
}

func descriptors(have uint64, maxPlayers, webConns int, whose string) finding.Finding {
	other := webConns + otherConns + ownFiles
	need := uint64(max(0, maxPlayers) + other)
	severity := finding.OK
	switch {
	case have < 2*ownFiles:
		severity = finding.Problem
	case have < need:
		severity = finding.Warning
	}
	fix := fmt.Sprintf("raise the limit (LimitNOFILE=%d in the systemd unit, ulimits: nofile: %d for a container, or ulimit -n %d), or set --max-players %d",
		need, need, need, max(1, int64(have)-int64(other)))
	return finding.Newf(severity, fix, "%s can open %s files; %s players need %s", whose, comma(have), humanize.Comma(int64(maxPlayers)), comma(need))
}

func comma(n uint64) string {
	const most = 1 << 62 // no limit, on some systems
	if n > most {
		return "any number of"
	}
	return humanize.Comma(int64(n))
}
