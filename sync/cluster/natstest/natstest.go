// Package natstest gives tests a cluster of NATS servers with JetStream, inside the test's process.
//
// The servers sync everything to disk before they acknowledge it, as the documentation demands of
// production servers, and elect leaders in a third of the usual time. Each can be stopped and
// restarted with its data, and be cut off from the others, or a client from it. The cluster ends
// with the test.
package natstest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"clickky/sync/tcpproxy"
)

// patience is the time limit for what takes a cluster a second or two on an idle machine. Electing
// leaders takes up to three.
const patience = time.Minute

// User and Password are those that clients must have.
const (
	// User and Password are the credentials of clients.
	User     = "clickky"
	Password = "cl1ckky-t0p-secret"
)

// Cluster is some NATS servers. Its methods fail the test if they can't do what they say, and are
// not safe for concurrent use.
type Cluster struct {
	t     testing.TB
	name  string
	nodes []*node
}

// node is one server.
type node struct {
	options server.Options
	srv     *server.Server          // nil while it is stopped
	routes  map[int]*tcpproxy.Proxy // to each of the others
}

func (n *node) addr() string { return local(n.options.Port) }

func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// Start starts a cluster of that many servers, and returns when JetStream takes requests.
func Start(t testing.TB, servers int) *Cluster {
	t.Helper()
	c := &Cluster{t: t, name: "test"}
	dir := t.TempDir()
	for i := range servers {
		n := &node{options: server.Options{
			ServerName: fmt.Sprint("n", i+1), Host: "127.0.0.1", Port: freePort(t), NoSigs: true, NoLog: true,
			Username: User, Password: Password,
			JetStream: true, StoreDir: filepath.Join(dir, fmt.Sprint("n", i+1)), SyncAlways: true,
			JetStreamMaxMemory: 64 << 20, JetStreamMaxStore: 64 << 30, DisableJetStreamBanner: true,
		}}
		if servers > 1 {
			n.options.Cluster = server.ClusterOpts{
				Name: c.name, Host: "127.0.0.1", Port: freePort(t), NoAdvertise: true,
				Advertise: local(1), // so that no connection bypasses the proxies
			}
		}
		c.nodes = append(c.nodes, n)
	}
	for i, n := range c.nodes {
		n.routes = map[int]*tcpproxy.Proxy{}
		for k, other := range c.nodes {
			if k != i {
				n.routes[k] = tcpproxy.Start(t, local(other.options.Cluster.Port), nil)
				n.options.Routes = append(n.options.Routes, &url.URL{Scheme: "nats", Host: n.routes[k].Addr()})
			}
		}
	}
	t.Cleanup(func() {
		var stopping sync.WaitGroup
		for _, n := range c.nodes {
			stopping.Go(n.stop)
		}
		stopping.Wait()
	})
	for i := range c.nodes {
		c.start(i)
	}
	c.Ready()
	return c
}

// Ports are below the ephemeral ports of systems, so that a server finds its own port free when it
// is started and restarted.
const firstPort, lastPort = 10_000, 32_000

// given has the ports that this process has used.
var given sync.Map

// freePort returns a port that is free at this moment.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		if _, taken := given.LoadOrStore(port, true); taken {
			continue
		}
		if l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", local(port)); err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

func (c *Cluster) start(i int) {
	c.t.Helper()
	n := c.nodes[i]
	options := n.options
	srv, err := server.NewServer(&options)
	if err != nil {
		c.t.Fatalf("start NATS server %s: %v", options.ServerName, err)
	}
	srv.Start()
	if !srv.ReadyForConnections(patience) {
		c.t.Fatalf("NATS server %s didn't start", options.ServerName)
	}
	n.srv = srv
}

func (n *node) stop() {
	if n.srv != nil {
		n.srv.Shutdown()
		n.srv.WaitForShutdown()
		n.srv = nil
	}
}

// Ready returns when JetStream has a leader.
func (c *Cluster) Ready() {
	c.t.Helper()
	c.Await("a leader of JetStream", func() bool {
		for _, n := range c.nodes {
			if n.srv != nil && (len(c.nodes) == 1 && n.srv.JetStreamEnabled() || n.srv.JetStreamIsLeader()) {
				return true
			}
		}
		return false
	})
}

// Await waits until the condition holds.
func (c *Cluster) Await(what string, so func() bool) {
	c.t.Helper()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for timeout := time.After(patience); !so(); {
		select {
		case <-poll.C:
		case <-timeout:
			c.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// Size returns the number of servers, running or not.
func (c *Cluster) Size() int { return len(c.nodes) }

// Stop shuts a server down; the first one is 0.
func (c *Cluster) Stop(i int) { c.nodes[i].stop() }

// Wipe removes the data of a stopped server, as if it had lost its disk.
func (c *Cluster) Wipe(i int) {
	c.t.Helper()
	if err := os.RemoveAll(c.nodes[i].options.StoreDir); err != nil {
		c.t.Fatal(err)
	}
}

// Start restarts a stopped server.
func (c *Cluster) Start(i int) {
	c.t.Helper()
	c.start(i)
}

// Isolate cuts a server off from the others, but not from its clients; Join undoes it.
func (c *Cluster) Isolate(i int) {
	for j, n := range c.nodes {
		for k, route := range n.routes {
			if j == i || k == i {
				route.Down()
			}
		}
	}
}

// Join undoes all Isolate.
func (c *Cluster) Join() {
	for _, n := range c.nodes {
		for _, route := range n.routes {
			route.Up()
		}
	}
}

// Leader returns the server that leads a stream; -1 if none does.
func (c *Cluster) Leader(stream string) int {
	for i, n := range c.nodes {
		if n.srv != nil && (len(c.nodes) == 1 || c.Leads(i, stream)) {
			return i
		}
	}
	return -1
}

// Leads reports whether a server believes that it leads a stream.
func (c *Cluster) Leads(i int, stream string) bool {
	srv := c.nodes[i].srv
	return srv != nil && srv.JetStreamIsStreamLeader(server.DEFAULT_GLOBAL_ACCOUNT, stream)
}

// AwaitLeader waits until a server leads a stream, and returns it.
func (c *Cluster) AwaitLeader(stream string) (leader int) {
	c.t.Helper()
	c.Await("a leader of the stream "+stream, func() bool {
		leader = c.Leader(stream)
		return leader >= 0
	})
	return leader
}

// URL returns the URLs of the servers with these numbers, or of all.
func (c *Cluster) URL(servers ...int) string {
	var urls []string
	for i, n := range c.nodes {
		if len(servers) == 0 || slices.Contains(servers, i) {
			urls = append(urls, URLOf(n.addr()))
		}
	}
	return strings.Join(urls, ",")
}

// URLOf returns the URL of a server at an address, or of a proxy in front of it.
func URLOf(addr string) string { return "nats://" + User + ":" + Password + "@" + addr }

// Via starts a proxy to a server, for clients that are to be cut off from it.
func (c *Cluster) Via(i int) *tcpproxy.Proxy {
	c.t.Helper()
	return tcpproxy.Start(c.t, c.nodes[i].addr(), nil)
}

// Connect connects a client as Clickky does, to the servers with these numbers, or to all. The
// connection ends with the test.
func (c *Cluster) Connect(servers ...int) *nats.Conn {
	c.t.Helper()
	return c.ConnectTo(c.URL(servers...))
}

// ConnectTo is Connect with a URL.
func (c *Cluster) ConnectTo(url string) *nats.Conn {
	c.t.Helper()
	nc, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectBufSize(-1), nats.IgnoreDiscoveredServers(),
		nats.ReconnectWait(10*time.Millisecond), nats.ReconnectJitter(10*time.Millisecond, 10*time.Millisecond),
		nats.PingInterval(time.Second), nats.MaxPingsOutstanding(2), nats.DontRandomize(),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		c.t.Fatalf("connect to the NATS cluster: %v", err)
	}
	c.t.Cleanup(nc.Close)
	return nc
}
