package checkup

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"clickky/sync/cluster"
	"clickky/sync/finding"
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
func Servers(members []cluster.Member, here Here) []Finding {
	const name = "servers"
	var results []Finding
	mine := slices.ContainsFunc(members, func(m cluster.Member) bool {
		return m.Name == here.Name || strings.HasPrefix(m.Name, here.Name+"-") // one of several of that name
	})
	switch {
	case here.Running && !mine:
		results = append(results, warning(name, fmt.Sprintf("can't hear the server on this machine (%s): it's waiting for NATS, cut off from NATS, or running with other flags", here.Name),
			"check its log and /readyz"))
	case len(members) == 0:
		return []Finding{ok(name, "none running")}
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

func judgeMember(m cluster.Member) Finding {
	const name = "server"
	finding := fmt.Sprintf("%s: %s, %s, %s behind, %s in memory only, %s, running for %v, %s", m.Name, m.State, count(m.Players, "player"),
		count64(m.Lag, "event"), count64(m.Unjournaled, "click"), clock(m.Skew), m.Up.Truncate(time.Second), m.Version)
	switch m.State {
	case cluster.JournalDown:
		return problem(name, finding, "check that most NATS servers are up and that this server reaches them; keep it running until then, because its latest clicks are only in memory")
	case cluster.DatabaseDown:
		return problem(name, finding, "fix its connection to the database; its clicks are in the journal, and other servers save them")
	case cluster.Behind:
		return warning(name, finding, "check the CPU and network of that machine")
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
func judgeClocks(members []cluster.Member) Finding {
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
	severity := finding.OfClocks(apart)
	if severity == OK {
		return ok(name, "at most %v apart", apart)
	}
	return Finding{Name: name, Severity: severity, Text: fmt.Sprintf("the clock of %s is %v ahead of the clock of %s", last.Name, apart, first.Name),
		Fix: "synchronize all clocks with NTP: timedatectl set-ntp true"}
}

// judgeKeys judges whether players find the same host keys everywhere.
func judgeKeys(members []cluster.Member, files []string) Finding {
	const name = "host-keys"
	const fix = "copy the host keys (host_key, host_key_ecdsa, host_key_rsa) of one server to all the others, or give all of them the same --host-key; then restart them one at a time"
	first := members[0]
	for _, m := range members[1:] {
		if m.HostKey != first.HostKey {
			return problem(name, fmt.Sprintf("%s has %s, but %s has %s: ssh warns players who connect to both", first.Name, first.HostKey, m.Name, m.HostKey), fix)
		}
	}
	file := strings.Join(files, ", ")
	prints, err := Fingerprints(files)
	here := strings.Join(prints, " ")
	switch {
	case err != nil:
		return warning(name, fmt.Sprintf("the other servers have %s; can't read %s to compare", first.HostKey, file),
			"copy the host keys of another server here before you start one; otherwise it creates new keys, and ssh warns your players")
	case here != first.HostKey:
		return problem(name, fmt.Sprintf("%s here is %s, but the servers have %s: ssh warns players who connect to both",
			file, here, first.HostKey), fix)
	}
	return ok(name, "the same everywhere: %s", first.HostKey)
}

// judgeVersions judges whether all are of one version, as they are but for the time
// of an upgrade.
func judgeVersions(members []cluster.Member, here string) Finding {
	const name = "versions"
	const fix = "upgrade all servers to the newest of these versions, one server at a time"
	first := members[0]
	for _, m := range members[1:] {
		if m.Version != first.Version {
			return warning(name, fmt.Sprintf("%s runs %s, but %s runs %s", first.Name, first.Version, m.Name, m.Version), fix)
		}
	}
	if first.Version != here {
		return warning(name, fmt.Sprintf("the servers run %s, but this program is %s", first.Version, here), fix)
	}
	return ok(name, "all run %s", first.Version)
}
