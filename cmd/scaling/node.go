package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// nodeCmd is a NATS server in a process of its own, so that what it uses can be told
// from what its clients use. It says a line when it is there, answers each line of
// its input with the processor time that it has used, and ends with the input.
type nodeCmd struct {
	Dir     string   `required:"" help:"Directory for its streams."`
	Name    string   `required:"" help:"Its name."`
	Port    int      `required:"" help:"Port for clients, on loopback."`
	Cluster int      `help:"Port for other nodes; 0 for none."`
	Routes  []string `help:"The other nodes."`
	Sync    bool     `help:"Sync every message to disk before acknowledging it."`
}

// startIn is how long a node may take to start.
const startIn = 20 * time.Second

// Run implements the command.
func (c *nodeCmd) Run(p *process) error {
	options := &server.Options{
		ServerName: c.Name, Host: loopback, Port: c.Port, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: c.Dir, SyncAlways: c.Sync, JetStreamMaxStore: 4 << 30, MaxPayload: 8 << 20,
	}
	if c.Cluster != 0 {
		options.Cluster = server.ClusterOpts{Name: "scaling", Host: loopback, Port: c.Cluster}
	}
	for _, route := range c.Routes {
		u, err := url.Parse(route)
		if err != nil {
			return fmt.Errorf("start the node %s: %w", c.Name, err)
		}
		options.Routes = append(options.Routes, u)
	}
	srv, err := server.NewServer(options)
	if err != nil {
		return fmt.Errorf("start the node %s: %w", c.Name, err)
	}
	srv.Start()
	defer srv.WaitForShutdown()
	defer srv.Shutdown()
	if !srv.ReadyForConnections(startIn) {
		return errors.New("the node " + c.Name + " doesn't start")
	}
	return tellCPU(p.stdin, p.stdout)
}

// tellCPU answers each line until there are no more.
func tellCPU(in io.Reader, out io.Writer) error {
	if _, err := fmt.Fprintln(out, "ready"); err != nil {
		return err
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		if _, err := fmt.Fprintln(out, cpu().Nanoseconds()); err != nil {
			return err
		}
	}
	return nil
}
