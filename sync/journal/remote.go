package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"clickky/sync/game"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// maxReplicas is the number of copies of a log, if there are as many servers: one of them may
	// be lost.
	maxReplicas = 3
	// replicasTimeout is how long a cluster, which may just be starting, can lack servers before
	// the log gets fewer copies.
	replicasTimeout = 15 * time.Second
	// remoteRequestTimeout is how long one request may take. Nobody answers while a leader is
	// elected; asking again early finds the new one sooner.
	remoteRequestTimeout = 2 * time.Second
	// reconnectAfter is how long the connected server may not know the log before the journal
	// connects to another one.
	reconnectAfter = 8 * time.Second
	// remoteDamageDelay covers what checkLeader doesn't notice.
	remoteDamageDelay = 30 * time.Second
	// minPayload is the minimum message size that the cluster must accept: with less, a busy moment
	// would need very many events.
	minPayload = 64 << 10
	// messageOverhead is the size of a message's subject and headers.
	messageOverhead = 4 << 10
)

var errCutOff = errors.New("not connected to the NATS cluster")

// remote is a JetStream server or cluster that others use, too. Its operator has to repair it; the
// journal only retries.
type remote struct {
	current     *connection
	statuses    chan nats.Status
	watching    sync.WaitGroup
	silentSince time.Time // when the log stopped answering; zero while it answers
}

func openRemote(ctx context.Context, c Config) (*Journal, error) {
	room := int(min(c.Conn.MaxPayload(), maxMessage)) - messageOverhead
	if room < minPayload-messageOverhead {
		return nil, fmt.Errorf("open the journal: the NATS server's max_payload is only %d bytes; "+
			"set it to at least %d", c.Conn.MaxPayload(), minPayload)
	}
	l, err := newConnection(c.Conn, remoteHeartbeat)
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	info, err := awaitStream(ctx, l.js, c)
	if err != nil {
		return nil, fmt.Errorf("open the journal on NATS: %w", err)
	}
	warnOfFewCopies(c.Log, info)
	r := &remote{
		current:  l,
		statuses: c.Conn.StatusChanged(nats.CONNECTED, nats.RECONNECTING, nats.DISCONNECTED, nats.CLOSED),
	}
	a := new(alarm)
	r.watching.Go(func() {
		for range r.statuses { // until the channel is closed
			a.raise() // no answers to earlier requests will come
		}
	})
	j := newJournal(c, r, a, info)
	j.requestTimeout, j.damageDelay = remoteRequestTimeout, remoteDamageDelay
	j.room = min(game.MaxEventPlayers, max(1, game.MaxEventPlayers*room/maxEvent))
	return j, nil
}

// awaitStream finds or creates the stream as soon as the cluster can.
func awaitStream(ctx context.Context, js jetstream.JetStream, c Config) (*jetstream.StreamInfo, error) {
	replicas, start, logged := maxReplicas, time.Now(), false
	for wait := minBackoff; ; wait = min(2*wait, maxBackoff) {
		asking, cancel := context.WithTimeout(ctx, requestTimeout)
		info, err := findOrCreate(asking, js, streamConfig(c.MaxBytes, replicas), func() error { return nil })
		cancel()
		if err == nil {
			err = checkLeader(info)
		}
		switch {
		case err == nil:
			return info, nil
		case ctx.Err() != nil:
			return nil, fmt.Errorf("%w: %w", context.Cause(ctx), err)
		case errorCode(err) == codeNoCluster:
			replicas = 1
		case replicas > 1 && isTooFewServers(err) && time.Since(start) > replicasTimeout:
			replicas--
		case isPermanent(err):
			return nil, err
		}
		if !logged && wait >= maxBackoff {
			c.Log.Warn("NATS can't store the journal yet; retrying", "err", err)
			logged = true
		}
		if !sleep(ctx, wait) {
			return nil, fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
	}
}

// isTooFewServers reports whether the cluster has fewer servers than wanted copies, and none of
// them is offline.
func isTooFewServers(err error) bool {
	return errorCode(err) == codeNoPeers && !strings.Contains(err.Error(), "offline") && !strings.Contains(err.Error(), "insufficient storage")
}

// isPermanent reports whether the operator of NATS has to do something. All other errors may come
// from a cluster that is just starting.
func isPermanent(err error) bool {
	return errors.Is(err, ErrNoSpace) || errors.Is(err, ErrDamaged) && !errors.Is(err, jetstream.ErrStreamNotFound) ||
		errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) ||
		errors.Is(err, nats.ErrPermissionViolation) || errors.Is(err, nats.ErrConnectionClosed)
}

func warnOfFewCopies(log *slog.Logger, info *jetstream.StreamInfo) {
	if has := info.Config.Replicas; has < maxReplicas && info.Cluster != nil && info.Cluster.Name != "" {
		log.Warn("the journal has too few copies, so losing a NATS server can lose events; "+
			"change it with: nats stream edit "+streamName+" --replicas N", "copies", has, "wanted", maxReplicas)
	}
}

func (r *remote) connection() *connection { return r.current }

// repair fails while there is no connection. The client reconnects by itself.
func (r *remote) repair(context.Context, int) error {
	if !r.current.nc.IsConnected() {
		return errCutOff
	}
	return nil
}

// noteAnswer connects to another server of the cluster if this one hasn't reached the log for some
// time: the others may be a majority.
func (r *remote) noteAnswer(err error) {
	switch {
	case err == nil || !r.current.nc.IsConnected():
		r.silentSince = time.Time{}
	case r.silentSince.IsZero():
		r.silentSince = time.Now()
	case time.Since(r.silentSince) > reconnectAfter:
		r.silentSince = time.Time{}
		_ = r.current.nc.ForceReconnect() // fails if it is closed
	}
}

func (r *remote) close() error {
	r.current.close()
	r.current.nc.RemoveStatusListener(r.statuses)
	r.watching.Wait()
	return nil
}
