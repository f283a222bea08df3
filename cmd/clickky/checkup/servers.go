package checkup

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"clickky/sync/cluster"
)

// Here is this machine among those whose servers play the game.
type Here struct {
	// Name is what its server is called, and Version that of this program.
	Name, Version string
	// KeyFiles are the host keys that the others are told of.
	KeyFiles []string
	// Running tells that a server is using the data directory.
	Running bool
}

// Servers judges the servers that were heard.
func Servers(members []cluster.Member, here Here) []Result {
	const name = "servers"
	var results []Result
	mine := slices.ContainsFunc(members, func(m cluster.Member) bool {
		return m.Name == here.Name || strings.HasPrefix(m.Name, here.Name+"-") // one of several of that name
	})
	switch {
	case here.Running && !mine:
		results = append(results, warning(name, fmt.Sprintf("the server here is not heard as %s: it waits for NATS, is cut off from it, or has other flags than these", here.Name),
			"look into its log, and at /readyz"))
	case len(members) == 0:
		return []Result{ok(name, "none plays at the moment")}
	default:
		results = append(results, ok(name, "%s: %s", count(len(members), "server"), join(members)))
	}
	for _, m := range members {
		results = append(results, judgeMember(m))
	}
	if len(members) == 0 {
		return results
	}
	return append(results, judgeClocks(members), judgeKeys(members, here.KeyFiles), judgeVersions(members, here.Version))
}

func join(members []cluster.Member) string {
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.Name
	}
	return strings.Join(names, ", ")
}

func judgeMember(m cluster.Member) Result {
	const name = "server"
	finding := fmt.Sprintf("%s: %s, %s, %s behind, %s in memory only, %s, for %v, %s", m.Name, m.State, count(m.Players, "player"),
		count64(m.Lag, "event"), count64(m.Unjournaled, "click"), clock(m.Skew), m.Up.Truncate(time.Second), m.Version)
	switch m.State {
	case cluster.JournalDown:
		return problem(name, finding, "look whether most of the NATS servers are there, and whether this server reaches them; do not end it before, for clicks are in its memory only")
	case cluster.DatabaseDown:
		return problem(name, finding, "mend its way to the database; clicks are in the journal, and others save them")
	case cluster.Behind:
		return warning(name, finding, "look at processor and network of that machine")
	}
	return ok(name, "%s", finding)
}

// clock says how a clock goes, by the one here.
func clock(ahead time.Duration) string {
	ahead = ahead.Round(time.Millisecond)
	if ahead < 0 {
		return fmt.Sprintf("clock %v behind", -ahead)
	}
	return fmt.Sprintf("clock %v ahead", ahead)
}

// judgeClocks judges how far the clocks differ: of the servers, and of this machine.
func judgeClocks(members []cluster.Member) Result {
	const name = "clocks"
	first, last := cluster.Member{Name: "this machine"}, cluster.Member{Name: "this machine"}
	for _, m := range members {
		if m.Skew > last.Skew {
			last = m
		}
		if m.Skew < first.Skew {
			first = m
		}
	}
	apart := (last.Skew - first.Skew).Round(time.Millisecond)
	if apart <= wrongClock {
		return ok(name, "at most %v apart", apart)
	}
	finding := fmt.Sprintf("that of %s is %v ahead of that of %s", last.Name, apart, first.Name)
	const mend = "set the clocks of all machines by NTP: timedatectl set-ntp true"
	if apart > veryWrongClock {
		return problem(name, finding, mend)
	}
	return warning(name, finding, mend)
}

// judgeKeys judges whether players find the same host keys everywhere.
func judgeKeys(members []cluster.Member, files []string) Result {
	const name = "host-keys"
	const mend = "copy the host key of one server to all the others, with host_key_ecdsa and host_key_rsa if it has them, or give all the same --host-key, and restart them one at a time"
	first := members[0]
	for _, m := range members[1:] {
		if m.HostKey != first.HostKey {
			return problem(name, fmt.Sprintf("%s has %s, and %s has %s: whoever comes to both is warned of an attack", first.Name, first.HostKey, m.Name, m.HostKey), mend)
		}
	}
	file := strings.Join(files, ", ")
	here, err := Fingerprints(files)
	switch {
	case err != nil:
		return warning(name, fmt.Sprintf("the other servers have %s, and it cannot be told whether %s is the same", first.HostKey, file),
			"copy the host keys of another server there before one starts here, or it makes others that players are warned of")
	case here != first.HostKey:
		return problem(name, fmt.Sprintf("%s here is %s, and the servers have %s: whoever comes to both is warned of an attack",
			file, here, first.HostKey), mend)
	}
	return ok(name, "the same everywhere, %s", first.HostKey)
}

// judgeVersions judges whether all are of one version, as they are but for the time
// of an upgrade.
func judgeVersions(members []cluster.Member, here string) Result {
	const name = "versions"
	const mend = "bring all to the newest of these versions, one server at a time"
	first := members[0]
	for _, m := range members[1:] {
		if m.Version != first.Version {
			return warning(name, fmt.Sprintf("%s is %s, and %s is %s", first.Name, first.Version, m.Name, m.Version), mend)
		}
	}
	if first.Version != here {
		return warning(name, fmt.Sprintf("the servers are %s, and this program is %s", first.Version, here), mend)
	}
	return ok(name, "all are %s", first.Version)
}
