package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/nats-io/nats.go"

	"clickky/cmd/clickky/telemetry"
	"clickky/sync/cluster"
	"clickky/sync/flush"
	"clickky/sync/journal"
)

// clusterFlags are the NATS servers that keep the journal of a game with several servers.
type clusterFlags struct {
	NATS             string `name:"nats" env:"CLICKKY_NATS" placeholder:"URL" help:"Share one game with other servers: the URLs of the NATS JetStream servers that keep the journal, as in nats://user:pass@host:4222, separated by commas. Needs --db."`
	NATSPasswordFile string `name:"nats-password-file" env:"CLICKKY_NATS_PASSWORD_FILE" placeholder:"FILE" help:"A file with the password of the user in --nats."`
	NATSCreds        string `name:"nats-creds" env:"CLICKKY_NATS_CREDS" placeholder:"FILE" help:"A credentials file for the NATS servers."`
	NATSCA           string `name:"nats-ca" env:"CLICKKY_NATS_CA" placeholder:"FILE" help:"CA certificates for the NATS servers (the system's)."`
}

func (f *clusterFlags) check(db string) error {
	switch {
	case f.NATS == "" && f.NATSPasswordFile+f.NATSCreds+f.NATSCA != "":
		return errors.New("--nats-password-file, --nats-creds and --nats-ca need --nats")
	case f.NATS == "":
		return nil
	case db == "":
		return errors.New("--nats needs --db with a MySQL URL: the servers of a game share one database")
	}
	config, err := f.config()
	if err == nil {
		err = config.Check()
	}
	if err != nil {
		return fmt.Errorf("--nats: %w", err)
	}
	return nil
}

// config returns the settings for NATS. It reads the password file, if there is one.
func (f *clusterFlags) config() (cluster.Config, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "?"
	}
	c := cluster.Config{URL: f.NATS, Creds: f.NATSCreds, CA: f.NATSCA, Name: "clickky on " + host}
	if f.NATSPasswordFile == "" {
		return c, nil
	}
	password, err := passwordIn(f.NATSPasswordFile)
	if err == nil {
		c, err = c.WithPassword(password)
	}
	if err != nil {
		return c, fmt.Errorf("--nats-password-file: %w", err)
	}
	return c, nil
}

// connectedJournal is a journal with the connection to NATS, which is nil if the journal is embedded.
type connectedJournal struct {
	*journal.Journal

	conn *nats.Conn
}

// openJournal opens the embedded journal in the directory, or the one on NATS. It waits for NATS
// until the program is told to stop, and reports its progress to s.
func (f *clusterFlags) openJournal(p *app, dir string, s *telemetry.Startup, log *slog.Logger) (*connectedJournal, error) {
	if f.NATS == "" {
		log.Debug("opening the journal", "dir", dir)
		j, err := journal.Open(p.ctx, journal.Config{Dir: dir, Log: log})
		if err != nil {
			return nil, fmt.Errorf("open the journal %s: %w", filepath.Clean(dir), err)
		}
		s.JournalOpen()
		return &connectedJournal{Journal: j}, nil
	}
	config, err := f.config()
	if err != nil {
		return nil, fmt.Errorf("--nats: %w", err)
	}
	conn, err := cluster.Dial(p.ctx, config, log)
	if err != nil {
		return nil, fmt.Errorf("--nats: %w", err)
	}
	s.Connected(conn)
	j, err := journal.Open(p.ctx, journal.Config{Conn: conn, Log: log})
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("--nats: %w", err)
	}
	s.JournalOpen()
	return &connectedJournal{Journal: j, conn: conn}, nil
}

// close closes the journal, then the connection.
func (b *connectedJournal) close() error {
	err := b.Close()
	if b.conn != nil {
		b.conn.Close()
	}
	return err
}

// join lets the server share its game with others if the journal is on NATS. Call it before the
// server accepts connections, and leave after the last flush.
func (f *clusterFlags) join(b *connectedJournal, m memberConfig, flusher *flush.Flusher) (leave func(), err error) {
	if b.conn == nil {
		return func() {}, nil
	}
	m.conn, m.run, m.copies = b.conn, b.Run(), b.Replicas()
	leave, alone, err := joinCluster(m)
	if err != nil {
		return nil, err
	}
	flusher.Share(flush.Sharing{Alone: alone, PeerClicks: m.server.SpendPeerClicks})
	return leave, nil
}
