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
	// memory bounds what streams in memory may have; there are none.
	memory = 16 << 20
	// storage bounds the server as a whole. It is out of reach, because the
	// stream has a bound of its own, and a server that is over its bound refuses
	// to load a stream.
	storage = 1 << 60
	// spare is how many bytes, besides those of the next event, must be free
	// before the server is started again on a disk that was full.
	spare = 256 << 10
)

// embedded is a JetStream server in this process, which listens nowhere.
//
// When a write to the stream fails, the server marks the stream as broken until
// it is started again: it logs the reason, answers no append (so its outcome is
// unknown), and goes on reading. On a cluster, or if the permission was denied,
// it turns JetStream off instead. mend starts it again as soon as the disk takes
// a write.
//
// When it starts with files that are damaged, it keeps every block up to the
// first record that is broken, and says nothing about the rest; only if it was
// shut down in order does it remember how far the log went, and then the numbers
// of what is lost are not given again. Follow finds the gap in either case, or
// that the log ends too early. A stream whose metadata is broken is left out
// altogether: see absent.
type embedded struct {
	dir  string
	log  *slog.Logger
	sync bool // to the disk before an append is acknowledged

	current atomic.Pointer[link]

	srv    *server.Server // changes only at start, and in mend and close
	made   os.FileInfo    // the stream's directory when it was last started
	full   bool           // the last mend failed; for one log line a change
	alarms *alarms        // raised by what the server logs, for it does not answer then
}

// open starts the server on a directory that can be written to, and finds or makes the stream.
func (e *embedded) open(ctx context.Context, maxBytes int64) (*jetstream.StreamInfo, error) {
	if err := os.MkdirAll(e.dir, 0o700); err != nil {
		return nil, noted(err)
	}
	if err := e.probe(spare); err != nil {
		return nil, err
	}
	if err := e.start(); err != nil {
		return nil, err
	}
	info, err := ensure(ctx, e.link().js, streamConfig(maxBytes, 1), e.absent)
	if err != nil {
		return nil, err
	}
	// The server syncs what it writes, but not every directory above it.
	if err := syncTree(e.dir); err != nil {
		return nil, noted(err)
	}
	return info, noted(durable.Sync(filepath.Dir(e.dir)))
}

// start starts the server and connects to it.
func (e *embedded) start() error {
	// What a process wrote that was then killed may be read now though it is
	// not on the disk; if it were lost later, its numbers would be given twice.
	if err := syncTree(e.dir); err != nil {
		return noted(err)
	}
	logger := &serverLog{log: e.log, alarms: e.alarms}
	srv, err := server.NewServer(e.options())
	if err != nil {
		return fmt.Errorf("configure the NATS server: %w", err)
	}
	srv.SetLoggerV2(logger, e.log.Enabled(context.Background(), slog.LevelDebug), false, false)
	srv.Start()
	if err := logger.fatal(); err != nil || !srv.JetStreamEnabled() {
		stop(srv)
		return fmt.Errorf("start JetStream: %w", noted(err))
	}
	l, err := connect(srv)
	if err != nil {
		stop(srv)
		return err
	}
	e.srv = srv
	e.made, _ = os.Stat(e.streamDir()) // none yet, if the log is new
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
		JetStreamMaxMemory:     memory,
		JetStreamMaxStore:      storage,
		MaxPayload:             maxMessage,
		DisableJetStreamBanner: true,
	}
}

// connect connects inside the process. The client connects again by itself
// when the connection is lost.
func connect(p nats.InProcessConnProvider) (*link, error) {
	nc, err := nats.Connect("", nats.InProcessServer(p),
		nats.Name("clickky"),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(firstPause),
		nats.ReconnectJitter(firstPause, firstPause),
		// An append that cannot be sent now is tried again by the journal.
		nats.ReconnectBufSize(-1),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		return nil, fmt.Errorf("connect to the NATS server: %w", err)
	}
	l, err := newLink(nc, heartbeat)
	if err != nil {
		nc.Close()
	}
	return l, err
}

func (e *embedded) link() *link { return e.current.Load() }

// mend starts the server again if it cannot write, as soon as it could write
// that many bytes. If size is 0 it does not wait for that.
func (e *embedded) mend(ctx context.Context, size int) error {
	if err := e.intact(); err != nil {
		return err
	}
	known := e.full && size > 0
	if !e.alarms.hush() && !known || e.healthy() && !known {
		return nil
	}
	err := ctx.Err()
	if err == nil && size > 0 {
		err = e.probe(size + spare)
	}
	if err == nil && !e.healthy() {
		e.stop()
		err = e.start()
	}
	if err != nil {
		e.alarms.raise() // to come back here
	}
	if err != nil || size > 0 {
		e.report(err)
	}
	return err
}

// report logs changes of state only, not every try.
func (e *embedded) report(err error) {
	switch {
	case err != nil && !e.full:
		e.log.Warn("can't write the journal; keeping events in memory until it recovers", "dir", e.dir, "err", err)
	case err == nil:
		e.log.Info("the journal is writable again", "dir", e.dir)
	}
	e.full = err != nil
}

// healthy asks the server whether writing has failed.
func (e *embedded) healthy() bool {
	return e.srv != nil && e.srv.JetStreamEnabled() && e.srv.Healthz(&server.HealthzOptions{}).Error == ""
}

// intact tells whether the directory is the one that the server has open. One
// that was deleted still takes events, which nobody will read.
func (e *embedded) intact() error {
	now, err := os.Stat(e.streamDir())
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%w: its directory %s was deleted", ErrDamaged, e.dir)
		}
		return noted(err)
	}
	if e.made == nil {
		e.made = now
	}
	if !os.SameFile(now, e.made) {
		return fmt.Errorf("%w: its directory %s was replaced", ErrDamaged, e.dir)
	}
	return nil
}

func (e *embedded) streamDir() string {
	return filepath.Join(e.dir, server.JetStreamStoreDir, server.DEFAULT_GLOBAL_ACCOUNT, "streams", streamName)
}

// probe writes and syncs that many bytes, since that is the only way to know
// whether it is possible.
func (e *embedded) probe(size int) error {
	name := filepath.Join(e.dir, ".probe")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return noted(err)
	}
	_, err = f.Write(make([]byte, size))
	if err == nil {
		err = f.Sync()
	}
	return noted(errors.Join(err, f.Close(), os.Remove(name)))
}

// absent is called when the server has no stream, and tells whether one may be
// made: that there never was one, or that its making was interrupted. The server
// leaves out streams that it cannot read, and would make a new one over them.
func (e *embedded) absent() error {
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
	e.made = nil
	return noted(os.RemoveAll(e.streamDir()))
}

func (e *embedded) stop() {
	if l := e.link(); l != nil {
		l.end()
		l.nc.Close()
	}
	if e.srv != nil {
		stop(e.srv)
	}
	e.srv = nil
}

func (e *embedded) close() error {
	e.stop()
	return nil
}

func stop(srv *server.Server) {
	srv.Shutdown()
	srv.WaitForShutdown()
}
