package journal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"clickky/sync/game"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// maxReplicas is how many copies a log has by default, if there are as many
	// servers: one may be lost then.
	maxReplicas = 3
	// fewServers is how long a cluster may lack servers, for it may be just
	// starting, before the log gets fewer copies.
	fewServers = 15 * time.Second
	// remoteAnswer is how long one request may take. While a leader is chosen nobody
	// answers; asking again in time finds the new one sooner.
	remoteAnswer = 2 * time.Second
	// elsewhere is how long a server of the cluster may not know the log before this
	// one tries another server.
	elsewhere = 8 * time.Second
	// remotePatience is for what led does not notice.
	remotePatience = 30 * time.Second
	// leastPayload is what the cluster must take as one message: less would make a
	// great many events of a busy moment.
	leastPayload = 64 << 10
	// overhead of a message is its subject and its headers.
	overhead = 4 << 10
)

var errCutOff = errors.New("not connected to the NATS cluster")

// remote is a JetStream server or cluster elsewhere, which others use too. Whatever
// happens to it is its operator's to mend; the journal tries again.
type remote struct {
	current  *link
	statuses chan nats.Status
	watching sync.WaitGroup
	silent   time.Time // since when the log does not answer; zero: it does
}

// openRemote opens a log on a connection.
func openRemote(ctx context.Context, c Config) (*Journal, error) {
	room := int(min(c.Conn.MaxPayload(), maxMessage)) - overhead
	if room < leastPayload-overhead {
		return nil, fmt.Errorf("open the journal: the NATS server's max_payload is only %d bytes; "+
			"set it to at least %d", c.Conn.MaxPayload(), leastPayload)
	}
	l, err := newLink(c.Conn, remoteHeartbeat)
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	info, err := awaitStream(ctx, l.js, c)
	if err != nil {
		return nil, fmt.Errorf("open the journal on NATS: %w", err)
	}
	warnOfFewCopies(c, info)
	r := &remote{
		current:  l,
		statuses: c.Conn.StatusChanged(nats.CONNECTED, nats.RECONNECTING, nats.DISCONNECTED, nats.CLOSED),
	}
	a := new(alarms)
	r.watching.Go(func() {
		for range r.statuses { // until close
			a.raise() // the answer to what was sent before will not come
		}
	})
	j := newJournal(c, r, a, info)
	j.answer, j.patience = remoteAnswer, remotePatience
	j.room = min(game.MaxEventPlayers, max(1, game.MaxEventPlayers*room/maxEvent))
	return j, nil
}

// awaitStream finds or makes the stream, as soon as the cluster can.
func awaitStream(ctx context.Context, js jetstream.JetStream, c Config) (*jetstream.StreamInfo, error) {
	replicas, begun := c.Replicas, time.Now()
	if replicas == 0 {
		replicas = maxReplicas
	}
	told := false
	for wait := firstPause; ; wait = min(2*wait, lastPause) {
		asking, cancel := context.WithTimeout(ctx, answer)
		info, err := ensure(asking, js, streamConfig(c.MaxBytes, replicas), func() error { return nil })
		cancel()
		if err == nil {
			err = led(info)
		}
		switch {
		case err == nil:
			return info, nil
		case ctx.Err() != nil:
			return nil, fmt.Errorf("%w: %w", context.Cause(ctx), err)
		case c.Replicas == 0 && code(err) == codeNoCluster:
			replicas = 1
		case c.Replicas == 0 && replicas > 1 && tooFew(err) && time.Since(begun) > fewServers:
			replicas--
		case hopelessly(err):
			return nil, err
		}
		if !told && wait >= lastPause {
			c.Log.Warn("NATS can't store the journal yet; retrying", "err", err)
			told = true
		}
		if !pause(ctx, wait) {
			return nil, fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
	}
}

// tooFew tells that the cluster has fewer servers than copies are wanted, and that
// none of those which it knows is away.
func tooFew(err error) bool {
	return code(err) == codeNoPeers && !strings.Contains(err.Error(), "offline") && !strings.Contains(err.Error(), "insufficient storage")
}

// hopelessly tells that the operator of NATS has to do something. All else may be a
// cluster that is just starting.
func hopelessly(err error) bool {
	return errors.Is(err, ErrNoSpace) || errors.Is(err, ErrDamaged) && !errors.Is(err, jetstream.ErrStreamNotFound) ||
		errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) || code(err) == codeNoCluster ||
		errors.Is(err, nats.ErrPermissionViolation) || errors.Is(err, nats.ErrConnectionClosed)
}

func warnOfFewCopies(c Config, info *jetstream.StreamInfo) {
	want := c.Replicas
	if want == 0 && info.Cluster != nil && info.Cluster.Name != "" {
		want = maxReplicas
	}
	if has := info.Config.Replicas; has < want {
		c.Log.Warn("the journal has too few copies, so losing a NATS server can lose events; "+
			"change it with: nats stream edit "+streamName+" --replicas N", "copies", has, "wanted", want)
	}
}

func (r *remote) link() *link { return r.current }

// mend fails while there is no connection. The client mends that.
func (r *remote) mend(context.Context, int) error {
	if !r.current.nc.IsConnected() {
		return errCutOff
	}
	return nil
}

// heard connects to another server of the cluster when this one has been cut off from
// the log for some time: the others may be a majority.
func (r *remote) heard(err error) {
	switch {
	case err == nil || !r.current.nc.IsConnected():
		r.silent = time.Time{}
	case r.silent.IsZero():
		r.silent = time.Now()
	case time.Since(r.silent) > elsewhere:
		r.silent = time.Time{}
		_ = r.current.nc.ForceReconnect() // fails when it is closed
	}
}

func (r *remote) close() error {
	r.current.end()
	r.current.nc.RemoveStatusListener(r.statuses)
	r.watching.Wait()
	return nil
}
