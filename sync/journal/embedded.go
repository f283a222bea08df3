package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"clickky/sync/durable"
)

const (
	// maxMemory is the limit for streams in memory, of which there are none.
	maxMemory = 16 << 20
	// maxStorage is the limit for the server as a whole. It is out of reach because the stream has
	// its own limit, and a server beyond its limit refuses to load a stream.
	maxStorage = 1 << 60
	// minFree is how many bytes, besides the next event, must be free before the server is
	// restarted on a disk that was full.
	minFree = 256 << 10
)

// embedded is a JetStream server in this process that listens on no port.
//
// After a failed write, the server marks the stream as broken until it is restarted: it logs the
// reason, doesn't answer appends, so their outcome is unknown, and continues to read. On a cluster,
// or after a denied permission, it turns JetStream off instead. repair restarts it as soon as the
// disk accepts a write.
//
// If the server starts with damaged files, it keeps every block up to the first broken record and
// ignores the rest. Only after an orderly shutdown does it remember the end of the log, so that it
// doesn't reuse the numbers of lost events. Follow detects the gap in both cases, or that the log
// ends too early. A stream with broken metadata is skipped entirely: see checkAbsent.
type embedded struct {
	dir  string
	log  *slog.Logger
	sync bool // sync to the disk before an append is acknowledged

	current atomic.Pointer[connection]

	srv      *server.Server // changes only in start, repair and close
	dirInfo  os.FileInfo    // the stream's directory at the last start
	diskFull bool           // the last repair failed; so that only changes are logged
	alarm    *alarm         // raised by the server's log, because the server doesn't answer then
}

// open starts the server on a writable directory, and finds or creates the stream.
func (e *embedded) open(ctx context.Context, maxBytes int64) (*jetstream.StreamInfo, error) {
	if err := os.MkdirAll(e.dir, 0o700); err != nil {
		return nil, translateDiskError(err)
	}
	if err := e.probeDisk(minFree); err != nil {
		return nil, err
	}
	if err := e.start(); err != nil {
		return nil, err
	}
	info, err := findOrCreate(ctx, e.connection().js, streamConfig(maxBytes, 1), e.checkAbsent)
	if err != nil {
		return nil, err
	}
	// The server syncs its files, but not every directory above them.
	if err := syncTree(e.dir); err != nil {
		return nil, translateDiskError(err)
	}
	return info, translateDiskError(durable.Sync(filepath.Dir(e.dir)))
}

func (e *embedded) start() error {
	// A killed process may leave writes that can be read but aren't on the disk. If they were lost
	// later, their numbers would be used twice.
	if err := syncTree(e.dir); err != nil {
		return translateDiskError(err)
	}
	logger := &serverLog{log: e.log, alarm: e.alarm}
	srv, err := server.NewServer(e.options())
	if err != nil {
		return fmt.Errorf("configure the NATS server: %w", err)
	}
	srv.SetLoggerV2(logger, e.log.Enabled(context.Background(), slog.LevelDebug), false, false)
	srv.Start()
	if err := logger.fatal(); err != nil || !srv.JetStreamEnabled() {
		shutdown(srv)
		return fmt.Errorf("start JetStream: %w", translateDiskError(err))
	}
	l, err := connect(srv)
	if err != nil {
		shutdown(srv)
		return err
	}
	e.srv = srv
	e.dirInfo, _ = os.Stat(e.streamDir()) // fails if the log is new
	e.current.Store(l)
	return nil
}

func (e *embedded) options() *server.Options {
	return &server.Options{
		ServerName:             "clickky",
		DontListen:             true,
		NoSigs:                 true,
		JetStream:              true,
		StoreDir:               e.dir,
		SyncAlways:             e.sync,
		JetStreamMaxMemory:     maxMemory,
		JetStreamMaxStore:      maxStorage,
		MaxPayload:             maxMessage,
		DisableJetStreamBanner: true,
	}
}

// connect connects inside the process. The client reconnects by itself.
func connect(p nats.InProcessConnProvider) (*connection, error) {
	nc, err := nats.Connect("", nats.InProcessServer(p),
		nats.Name("clickky"),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(minBackoff),
		nats.ReconnectJitter(minBackoff, minBackoff),
		// The journal retries an append that can't be sent now.
		nats.ReconnectBufSize(-1),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		return nil, fmt.Errorf("connect to the NATS server: %w", err)
	}
	l, err := newConnection(nc, heartbeat)
	if err != nil {
		nc.Close()
	}
	return l, err
}

func (e *embedded) connection() *connection { return e.current.Load() }

// repair restarts the server if it can't write, once the disk accepts size bytes. If size is 0, it
// doesn't wait for that.
func (e *embedded) repair(ctx context.Context, size int) error {
	if err := e.checkDirectory(); err != nil {
		return err
	}
	known := e.diskFull && size > 0
	if !e.alarm.reset() && !known || e.isHealthy() && !known {
		return nil
	}
	err := ctx.Err()
	if err == nil && size > 0 {
		err = e.probeDisk(size + minFree)
	}
	if err == nil && !e.isHealthy() {
		e.stop()
		err = e.start()
	}
	if err != nil {
		e.alarm.raise() // so that the next call tries again
	}
	if err != nil || size > 0 {
		e.logChange(err)
	}
	return err
}

// logChange logs changes of state only, not every attempt.
func (e *embedded) logChange(err error) {
	switch {
	case err != nil && !e.diskFull:
		e.log.Warn("can't write the journal; keeping events in memory until it recovers", "dir", e.dir, "err", err)
	case err == nil:
		e.log.Info("the journal is writable again", "dir", e.dir)
	}
	e.diskFull = err != nil
}

// isHealthy asks the server whether a write has failed.
func (e *embedded) isHealthy() bool {
	return e.srv != nil && e.srv.JetStreamEnabled() && e.srv.Healthz(&server.HealthzOptions{}).Error == ""
}

// checkDirectory returns an error unless the directory is still the one that the server opened. A
// deleted one still accepts events that nobody will ever read.
func (e *embedded) checkDirectory() error {
	now, err := os.Stat(e.streamDir())
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%w: its directory %s was deleted", ErrDamaged, e.dir)
		}
		return translateDiskError(err)
	}
	if e.dirInfo == nil {
		e.dirInfo = now
	}
	if !os.SameFile(now, e.dirInfo) {
		return fmt.Errorf("%w: its directory %s was replaced", ErrDamaged, e.dir)
	}
	return nil
}

func (e *embedded) streamDir() string {
	return filepath.Join(e.dir, server.JetStreamStoreDir, server.DEFAULT_GLOBAL_ACCOUNT, "streams", streamName)
}

// probeDisk writes and syncs size bytes: there is no other way to know whether that is possible.
func (e *embedded) probeDisk(size int) error {
	name := filepath.Join(e.dir, ".probe")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return translateDiskError(err)
	}
	_, err = f.Write(make([]byte, size))
	if err == nil {
		err = f.Sync()
	}
	return translateDiskError(errors.Join(err, f.Close(), os.Remove(name)))
}

// checkAbsent is called if the server has no stream. It returns an error unless there never was
// one, or its creation was interrupted. The server skips streams that it can't read, and would
// create a new one in their place.
func (e *embedded) checkAbsent() error {
	blocks, err := filepath.Glob(filepath.Join(e.streamDir(), "msgs", "*.blk"))
	if err != nil {
		return err
	}
	for _, b := range blocks {
		if info, err := os.Stat(b); err != nil || info.Size() > 0 {
			return fmt.Errorf("%w: the NATS server can't read the stream in %s; "+
				"move that directory away to start a new journal from the database",
				ErrDamaged, e.streamDir())
		}
	}
	e.dirInfo = nil
	return translateDiskError(os.RemoveAll(e.streamDir()))
}

func (e *embedded) stop() {
	if l := e.connection(); l != nil {
		l.close()
		l.nc.Close()
	}
	if e.srv != nil {
		shutdown(e.srv)
	}
	e.srv = nil
}

func (e *embedded) close() error {
	e.stop()
	return nil
}

func shutdown(srv *server.Server) {
	srv.Shutdown()
	srv.WaitForShutdown()
}
