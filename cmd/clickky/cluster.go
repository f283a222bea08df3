package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

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

// openJournal opens the embedded journal, or connects to NATS and opens the one there. It waits for
// NATS until the program is told to stop. The caller closes the connection, even after an error.
func (s *instance) openJournal() (*journal.Journal, error) {
	config, fault := journal.Config{Log: s.log}, "--nats"
	if s.NATS == "" {
		config.Dir = filepath.Join(s.Data, s.db.journal)
		fault = "open the journal " + config.Dir
		s.log.Debug("opening the journal", "dir", config.Dir)
	} else {
		nats, err := s.config()
		if err == nil {
			s.conn, err = cluster.Dial(s.process.ctx, nats, s.log)
		}
		if err != nil {
			return nil, fmt.Errorf("--nats: %w", err)
		}
		s.startup.Connected(s.conn)
		config.Conn = s.conn
	}
	j, err := journal.Open(s.process.ctx, config)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fault, err)
	}
	s.startup.JournalOpen()
	return j, nil
}

// join lets the server share its game with others if the journal is on NATS. Call it before the
// server accepts connections, and leave after the last flush.
func (s *instance) join(j *journal.Journal) (leave func(), err error) {
	if s.conn == nil {
		return func() {}, nil
	}
	leave, alone, err := s.joinCluster(j.Run(), j.Replicas(), s.flusher.OthersSaved)
	if err != nil {
		return nil, err
	}
	s.flusher.Share(flush.Sharing{Alone: alone, PeerClicks: s.server.SpendPeerClicks})
	return leave, nil
}
