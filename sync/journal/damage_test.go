package journal

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestDirectoryLostStartsNewLog(t *testing.T) {
	dir := t.TempDir()
	j := openJournal(t, dir)
	id, run := j.ID(), j.Run()
	appendClicks(t, j, "alice")
	closed(t, j)
	j = openJournal(t, dir)
	if j.ID() != id || j.Run() == run || id == "" {
		t.Errorf("the log %s of %s is %s of %s when it is opened again", id, run, j.ID(), j.Run())
	}
	closed(t, j)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	j = openJournal(t, dir)
	if j.ID() == id {
		t.Errorf("a new log has the ID of the lost one, %s", id)
	}
	wantBounds(t, j, 1, 0)
}

func TestDirectoryDeletedRejectsEvents(t *testing.T) {
	for name, replace := range map[string]func(dir string) error{
		"deleted":  func(string) error { return nil },
		"replaced": func(dir string) error { return os.MkdirAll(dir, 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			j := openJournal(t, t.TempDir())
			appendClicks(t, j, "alice")
			e, _ := j.backend.(*embedded)
			if err := errors.Join(os.RemoveAll(e.streamDir()), replace(e.streamDir())); err != nil {
				t.Fatal(err)
			}
			if _, err := j.Append(shortContext(t), clicks("alice", 1)); !errors.Is(err, ErrDamaged) {
				t.Errorf("Append = %v, want ErrDamaged", err)
			}
			if err := j.Purge(shortContext(t), 1); !errors.Is(err, ErrDamaged) {
				t.Errorf("Purge = %v, want ErrDamaged", err)
			}
		})
	}
}

func TestServerSyncsBeforeAcknowledging(t *testing.T) {
	j := openJournal(t, t.TempDir())
	e, _ := j.backend.(*embedded)
	if !e.srv.JetStreamConfig().SyncAlways {
		t.Error("it does not")
	}
	if a := e.srv.Addr(); a != nil {
		t.Errorf("it listens on %v", a)
	}
}

func TestServerEnablesJetStreamAgain(t *testing.T) {
	j := openJournal(t, t.TempDir())
	e, _ := j.backend.(*embedded)
	f := follow(t, j, 0)
	for last := uint64(0); last < 9; last += 3 {
		appendCounted(t, j, last+1, last+3)
		f.want(t, last+1, last+3)
		if err := e.srv.ShutdownJetStream(); err != nil {
			t.Fatal(err)
		}
	}
	j.requestTimeout = 100 * time.Millisecond
	if err := j.Purge(shortContext(t), 5); err == nil {
		t.Error("Purge succeeds although JetStream is off")
	}
	j.requestTimeout = requestTimeout
	if err := j.Purge(shortContext(t), 5); err != nil {
		t.Error(err)
	}
	wantBounds(t, j, 6, 9)
}

func TestDirectoryInvalidIsError(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Config{Dir: name}); err == nil || !strings.Contains(err.Error(), name) {
		t.Errorf("Open of a file = %v", err)
	}
}

func TestDirectoryOfInterruptedFirstStartIsUsable(t *testing.T) {
	for _, leave := range [][]string{nil, {"meta.inf"}, {"meta.inf", "meta.sum"}} {
		dir := t.TempDir()
		j := openJournal(t, dir)
		closed(t, j)
		e, _ := j.backend.(*embedded)
		for _, name := range []string{"meta.inf", "meta.sum"} {
			if !strings.Contains(strings.Join(leave, " "), name) {
				if err := os.Remove(filepath.Join(e.streamDir(), name)); err != nil {
					t.Fatal(err)
				}
			}
		}
		for range 2 {
			j = openJournal(t, dir)
			appendClicks(t, j, "alice")
			closed(t, j)
		}
		j = openJournal(t, dir)
		wantBounds(t, j, 1, 2)
	}
}

// events is how many events the damaged logs had: some full blocks.
const events = 400

// makeSamples returns directories with a log of several blocks, closed (true) and crashed (false).
func makeSamples(t *testing.T) map[bool]string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "journal")
	j, err := open(t.Context(), Config{Dir: dir, MaxBytes: 120 << 10, Log: logOf(&record{})}, false)
	if err != nil {
		t.Fatal(err)
	}
	appendClicks(t, j, times(events, "alice")...)
	if err := os.CopyFS(dir+"-crashed", os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	closed(t, j)
	return map[bool]string{false: dir, true: dir + "-crashed"}
}

// openDamaged copies a log, damages its files, and opens it.
func openDamaged(t *testing.T, sample string, damage func(streamDir string) error) (*Journal, error) {
	t.Helper()
	e := &embedded{dir: filepath.Join(t.TempDir(), "journal")}
	if err := errors.Join(os.CopyFS(e.dir, os.DirFS(sample)), damage(e.streamDir())); err != nil {
		t.Fatal(err)
	}
	return Open(t.Context(), Config{Dir: e.dir})
}

// blockFile returns the n-th block file from the end.
func blockFile(dir string, fromEnd int) string {
	names, _ := filepath.Glob(filepath.Join(dir, "msgs", "?.blk")) // less than ten
	return names[len(names)-1-fromEnd]
}

func truncate(name string, by int64) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	return os.Truncate(name, max(0, info.Size()-by))
}

// flipByte changes a byte of a file.
func flipByte(name string, at int) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	data[at] ^= 0xff
	return os.WriteFile(name, data, 0o600)
}

// readWhole reads everything that is left, continuing after missing ranges.
func readWhole(t *testing.T, j *Journal) (there, lost uint64) {
	t.Helper()
	first, last := bounds(t, j)
	for next := first; next <= last; {
		err := j.Follow(shortContext(t), next-1, func(seq uint64, _ Event) error {
			there++
			if next = seq + 1; seq == last {
				return errStop
			}
			return nil
		})
		var missing *MissingError
		switch {
		case errors.Is(err, errStop):
		case errors.Is(err, ErrDamaged) && errors.As(err, &missing) && missing.First == next:
			lost += missing.Last + 1 - missing.First
			next = missing.Last + 1
		default:
			t.Fatalf("Follow = %v", err)
		}
	}
	return there, lost
}

func TestDamageIsReported(t *testing.T) {
	logs := makeSamples(t)
	for name, c := range map[string]struct {
		damage func(dir string) error
		// The minimum that is left after a closed and a crashed log was damaged. A closed one
		// remembers its end.
		closed, crashed uint64
	}{
		"truncated tail":     {func(d string) error { return truncate(blockFile(d, 0), 5) }, events - 1, events - 1},
		"lost last block":    {func(d string) error { return os.Remove(blockFile(d, 0)) }, events / 2, events / 2},
		"garbage at the end": {func(d string) error { return appendTo(blockFile(d, 0), make([]byte, 3000)) }, events, events},
		"changed byte":       {func(d string) error { return flipByte(blockFile(d, 2), 5000) }, events - 1, events / 2},
		"changed last block": {func(d string) error { return flipByte(blockFile(d, 0), 1000) }, events - 1, events / 2},
		"changed index": {func(d string) error {
			err := flipByte(filepath.Join(d, "msgs", "index.db"), 20)
			if errors.Is(err, os.ErrNotExist) {
				return nil // doesn't exist after a crash
			}
			return err
		}, events, events},
	} {
		for crashed, want := range map[bool]uint64{false: c.closed, true: c.crashed} {
			state := map[bool]string{false: " of a closed log", true: " of a crashed log"}[crashed]
			t.Run(name+state, func(t *testing.T) {
				j, err := openDamaged(t, logs[crashed], c.damage)
				if err != nil {
					t.Fatal(err)
				}
				defer closed(t, j)
				_, last := bounds(t, j)
				there, lost := readWhole(t, j)
				if there < want || there+lost != last || !crashed && last != events {
					t.Errorf("%d events up to %d are there and %d are reported missing, want at least %d there", there, last, lost, want)
				}
				// A reader that has applied all events learns that the newest are lost.
				if last < events {
					if err := j.Follow(shortContext(t), events, nil); !errors.Is(err, ErrDamaged) {
						t.Errorf("Follow(%d) = %v, want ErrDamaged", events, err)
					}
				}
				if err := j.Purge(shortContext(t), events); err != nil {
					t.Error(err)
				}
				if seq := appendClicks(t, j, "bob"); seq != last+1 {
					t.Errorf("Append = %d, want %d", seq, last+1)
				}
			})
		}
	}
}

func appendTo(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

func TestDamageUnreadableLogIsNotReplaced(t *testing.T) {
	logs := makeSamples(t)
	for name, damage := range map[string]func(dir string) error{
		"changed": func(d string) error { return flipByte(filepath.Join(d, "meta.inf"), 20) },
		"empty":   func(d string) error { return os.Truncate(filepath.Join(d, "meta.inf"), 0) },
		"gone":    func(d string) error { return os.Remove(filepath.Join(d, "meta.sum")) },
	} {
		before := goleak.IgnoreCurrent()
		j, err := openDamaged(t, logs[false], damage)
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("Open with metadata %s = %v, want ErrDamaged", name, err)
		}
		if err == nil {
			closed(t, j)
		}
		goleak.VerifyNone(t, before)
	}
}
