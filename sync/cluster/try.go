package cluster

import (
	"crypto/tls"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// Tried is what became of connecting to one of the NATS servers.
type Tried struct {
	// Server is where that is, without user and password.
	Server string
	// Name and Version are what it says of itself, and Cluster the name of the cluster
	// that it belongs to; empty: to none.
	Name, Version, Cluster string
	// TLS tells how the connection is encrypted; empty: it is not.
	TLS string
	// Took is how long connecting took, or failing to.
	Took time.Duration
	// Err is why it cannot be used, without user and password; nil: it can.
	// nats.ErrNoServers in its chain means that nothing answers there.
	Err error
}

// Try connects once to each of the servers, to all at the same time, and to none that
// they tell of. It takes a few seconds at most.
func Try(c Config) []Tried {
	urls := strings.Split(c.URL, ",")
	tried := make([]Tried, len(urls))
	var trying sync.WaitGroup
	for i := range urls {
		one := c
		one.URL = strings.TrimSpace(urls[i])
		trying.Go(func() { tried[i] = one.try() })
	}
	trying.Wait()
	return tried
}

func (c Config) try() Tried {
	t := Tried{Server: c.Servers()}
	begun := time.Now()
	nc, err := nats.Connect(c.URL, append(c.options(slog.New(slog.DiscardHandler)), nats.NoReconnect())...)
	t.Took = time.Since(begun)
	if err != nil {
		t.Err = c.masked(err)
		return t
	}
	defer nc.Close()
	t.Name, t.Version, t.Cluster = label(nc.ConnectedServerName()), label(nc.ConnectedServerVersion()), label(nc.ConnectedClusterName())
	if state, err := nc.TLSConnectionState(); err == nil {
		t.TLS = tls.VersionName(state.Version)
	}
	return t
}
