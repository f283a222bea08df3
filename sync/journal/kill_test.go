package journal

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// childDir tells the test binary that it is a child, and where its journal is.
const childDir = "JOURNAL_TEST_CHILD_DIR"

// child appends events and prints the number of each acknowledged one, until it is killed. It
// purges now and then, so that it is sometimes killed during a purge.
func child(dir string) {
	ctx := context.Background()
	fmt.Println("start")
	j, err := Open(ctx, Config{Dir: dir})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println("run", j.Run(), j.ID())
	for n := uint64(1); ; n++ {
		seq, err := j.Append(ctx, clicks("alice", n))
		if err == nil && n%20 == 0 {
			err = j.Purge(ctx, seq-min(seq, 50))
		}
		if err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println("ack", seq, n)
	}
}

// life is what a child printed before it was killed.
type life struct {
	run  string
	id   string            // of its journal
	acks map[uint64]uint64 // events by sequence number
}

// kill starts a child and kills it some time after it began to open its journal (start), or opened
// it (run).
func kill(t *testing.T, dir, since string, after time.Duration) life {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	l := life{acks: map[uint64]uint64{}}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) > 0 && f[0] == since {
			timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
			defer timer.Stop()
		}
		switch {
		case len(f) == 1 && f[0] == "start":
		case len(f) == 3 && f[0] == "run":
			l.run, l.id = f[1], f[2]
		case len(f) == 3 && f[0] == "ack":
			seq, _ := strconv.ParseUint(f[1], 10, 64)
			l.acks[seq], _ = strconv.ParseUint(f[2], 10, 64)
		default:
			t.Errorf("the child says %q", lines.Text())
		}
	}
	_ = cmd.Wait() // it was killed
	return l
}

func moments(t *testing.T) func(most time.Duration) time.Duration {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	return func(most time.Duration) time.Duration { return time.Duration(random.Int64N(int64(most))) }
}

func TestKillKeepsAcknowledgedEvents(t *testing.T) {
	const rounds = 40
	moment := moments(t)
	dir, id, acks, lives := t.TempDir(), "", 0, map[string]life{}
	for round := range rounds {
		since := "run"
		if round%4 == 0 {
			since = "start"
		}
		l := kill(t, dir, since, moment(50*time.Millisecond))
		if l.run != "" {
			lives[l.run] = l
		}
		acks += len(l.acks)
		j := openJournal(t, dir)
		if id == "" {
			id = j.ID()
		}
		if j.ID() != id || l.run != "" && l.id != id {
			t.Fatalf("the log %s was %s before and %s for the process", j.ID(), id, l.id)
		}
		checkLives(t, j, lives)
		closed(t, j)
	}
	t.Logf("%d events were acknowledged by %d of %d processes", acks, len(lives), rounds)
	if acks == 0 {
		t.Error("no process lived long enough")
	}
}

func TestKillDuringCreationIsHarmless(t *testing.T) {
	moment := moments(t)
	for range 15 {
		dir := t.TempDir()
		l := kill(t, dir, "start", moment(20*time.Millisecond))
		j := openJournal(t, dir)
		if l.run != "" {
			if j.ID() != l.id {
				t.Errorf("the log is %s, was %s", j.ID(), l.id)
			}
			checkLives(t, j, map[string]life{l.run: l})
		}
		appendClicks(t, j, "bob")
		closed(t, j)
	}
}

func checkLives(t *testing.T, j *Journal, lives map[string]life) {
	t.Helper()
	first, last := bounds(t, j)
	numbers := map[string]uint64{}
	for i, e := range readAfter(t, j, first-1) {
		seq := first + uint64(i)
		if before, ok := numbers[e.Server]; ok && e.Number != before+1 {
			t.Fatalf("event %d of %s is number %d and comes after %d", seq, e.Server, e.Number, before)
		}
		numbers[e.Server] = e.Number
		if n, ok := lives[e.Server].acks[seq]; ok && (n != e.Number || n != e.Clicks["alice"]) {
			t.Fatalf("event %d is %+v, but number %d was acknowledged", seq, e, n)
		}
	}
	for run, l := range lives {
		for seq, n := range l.acks {
			if seq > last || seq >= first && n > numbers[run] {
				t.Fatalf("event %d of %s at %d was acknowledged; the log has %d to %d", n, run, seq, first, last)
			}
		}
	}
}
