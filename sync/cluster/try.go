package cluster

import (
	"crypto/tls"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// Tried is the result of connecting to one NATS server.
type Tried struct {
	// Server is its URL without user and password.
	Server string
	// Name and Version are those it reports, and Cluster the name of its cluster; empty if it has
	// none.
	Name, Version, Cluster string
	// TLS is the TLS version; empty if the connection isn't encrypted.
	TLS string
	// Took is how long the attempt took.
	Took time.Duration
	// Err is why it can't be used, without user and password; nil if it can. nats.ErrNoServers in
	// its chain means that nothing answers there.
	Err error
}

// Try connects once to each of the servers, to all at the same time, and not to others that they
// know. It takes a few seconds at most.
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
		t.Err = c.maskSecrets(err)
		return t
	}
	defer nc.Close()
	t.Name, t.Version, t.Cluster = cleanLabel(nc.ConnectedServerName()), cleanLabel(nc.ConnectedServerVersion()), cleanLabel(nc.ConnectedClusterName())
	if state, err := nc.TLSConnectionState(); err == nil {
		t.TLS = tls.VersionName(state.Version)
	}
	return t
}
