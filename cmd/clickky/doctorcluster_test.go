//go:build !race

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/cluster/natstest"
	"clickky/sync/finding"
	"clickky/sync/store/mysql/mariadbtest"
)

// examinedShared is examined for a game on many servers.
func examinedShared(t *testing.T, dir, url, nats string, args ...string) (status int, results map[string]finding.Finding) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "nats-password"), []byte(natstest.Password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args = append(args, "--nats", strings.ReplaceAll(nats, ":"+natstest.Password+"@", "@"), "--nats-password-file", "nats-password")
	return examined(t, dir, url, args...)
}

func TestDoctorExaminesCluster(t *testing.T) {
	t.Parallel()
	db, nats := mariadbtest.New(t), natstest.Start(t, 3)
	dirs := []string{t.TempDir(), t.TempDir()}
	hostKey := []string{"--host-key", filepath.Join("clickky-data", "host_key")} // of its own
	looks := func(what string, i, want int, says map[string]string, args ...string) map[string]finding.Finding {
		t.Helper()
		status, found := examinedShared(t, dirs[i], db.URL, nats.URL(), append(args, hostKey...)...)
		if status != want {
			t.Errorf("%s: status %d, want %d: %+v", what, status, want, found)
		}
		for name, text := range says {
			if r := found[name]; !strings.Contains(string(r.Severity)+" "+r.Text, text) {
				t.Errorf("%s: %s is %+v, want %q", what, name, r, text)
			}
		}
		return found
	}
	found := looks("before the first server", 0, 0, map[string]string{
		"nats": "in the cluster test", "jetstream": "ok", "max_payload": "1.0 MiB", "stream": "none yet", "position": "nothing to replay yet",
		"sync": "can't check this", "servers": "none running", "lease": "no server",
	})
	if _, there := found["journal"]; there {
		t.Error("a journal was looked for that no server would have")
	}
	args := append(hostKey, "--db", db.URL, "--nats", nats.URL(), "--flush-every", "100ms")
	one := start(t, dirs[0], append(args, "--server-name", "one")...)
	key, err := os.ReadFile(filepath.Join(dirs[0], "clickky-data", "host_key"))
	if err != nil {
		t.Fatal(err)
	}
	looks("from another machine", 1, 0, map[string]string{"servers": "1 server: one", "host-keys": "warning", "lease": "left)"})
	if err := os.Mkdir(filepath.Join(dirs[1], "clickky-data"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dirs[1], "clickky-data", "host_key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	two := start(t, dirs[1], append(args, "--server-name", "two")...)
	alice := play(t, two, "alice")
	alice.Type(t, " ")
	alice.WaitFor(t, "1 click by 1 player")
	sshtest.Eventually(t, "all is saved", func() bool {
		conn := sshtest.Dial(t, two.Addr, "alice")
		defer conn.Close()
		return strings.Contains(conn.Run(t, "stats --json", false).Out, `"unsaved":0`)
	})
	looks("while it is played", 1, 0, map[string]string{
		"servers": "2 servers: one, two", "clocks": "ok", "host-keys": "ok the same everywhere", "versions": "ok", "copies": "ok 3, all up to date",
		"stream": "events 1 to", "room": "of 8.0 GiB", "position": "ok", "lease": "ok a server is using the database", "server": "ok two: up, 1 player",
	}, "--server-name", "two")
	one.terminate(t)
	two.terminate(t)
	looks("afterwards", 1, 0, map[string]string{"servers": "none running", "position": "everything up to"})
	conn := db.Open(t)
	if _, err := conn.ExecContext(t.Context(), "UPDATE clickky_state SET position = position + 100"); err != nil {
		t.Fatal(err)
	}
	looks("with a database that is ahead", 1, 1, map[string]string{"position": "problem"})
	nats.Stop(0)
	nats.Stop(1)
	sshtest.Eventually(t, "that one NATS server of three is too few", func() bool {
		found := looks("with one NATS server of three", 1, 1, nil)
		return found["jetstream"].Severity == finding.Problem || found["stream"].Severity == finding.Problem
	})
	nats.Stop(2)
	looks("without NATS", 1, 1, map[string]string{"nats": "problem"})
}
