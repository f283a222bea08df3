package checkup

import (
	"errors"
	"fmt"

	"github.com/dustin/go-humanize"
)

const (
	// atTheDoor is how many connections a server may have besides its players:
	// those that wait to log in and those that are turned away.
	atTheDoor = 600
	// ownFiles is what a server has open for itself: journal, database, log.
	ownFiles = 100
)

// Descriptors looks whether a server may have as many descriptors as its players
// need. Each connection takes one. If pid is not 0 it is that of a server that
// runs, whose own limit counts.
func Descriptors(maxPlayers, pid int) Finding {
	have, err := limitOf(pid)
	whose := "the running server"
	if pid == 0 || err != nil {
		whose = "a server started from here"
		have, err = ownLimit()
	}
	if errors.Is(err, errors.ErrUnsupported) {
		return skipped("descriptors", "can't read the limit on this system")
	}
	if err != nil {
		return warning("descriptors", err.Error(), "check with: ulimit -n")
	}
	return judgeDescriptors(have, maxPlayers, whose)
}

func judgeDescriptors(have uint64, maxPlayers int, whose string) Finding {
	const name = "descriptors"
	need := uint64(max(0, maxPlayers)) + atTheDoor + ownFiles
	if have >= need {
		return ok(name, "%s can open %s files; %s players need %s", whose, comma(have), humanize.Comma(int64(maxPlayers)), comma(need))
	}
	fix := fmt.Sprintf("raise the limit (LimitNOFILE=%d in the systemd unit, ulimits: nofile: %d for a container, or ulimit -n %d), or set --max-players %d",
		need, need, need, max(1, int64(have)-atTheDoor-ownFiles))
	finding := fmt.Sprintf("%s can open %s files; %s players need %s", whose, comma(have), humanize.Comma(int64(maxPlayers)), comma(need))
	if have < 2*ownFiles {
		return problem(name, finding, fix)
	}
	return warning(name, finding, fix)
}

func comma(n uint64) string {
	const most = 1 << 62 // no limit, on some systems
	if n > most {
		return "any number of"
	}
	return humanize.Comma(int64(n))
}
