package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"clickky/cmd/clickky/checkup"
	"clickky/server/identity"
	"clickky/sync/cluster"
)

// memberFlags describe this server to the others of its game.
type memberFlags struct {
	ServerName string `env:"CLICKKY_SERVER_NAME" placeholder:"NAME" help:"Name of this server, as admins see it (the host name)."`
}

// joinCluster makes this server and the other servers of its game known to each other. Call it before
// the server accepts connections. run is the journal's, and replicas is on how many NATS servers
// one-time codes are kept. saved is called with the position up to which other servers have saved.
// Leave announces that this server stops, and waits for requests in progress; alone reports, before
// that, whether there certainly is no other server.
func (s *instance) joinCluster(run string, replicas int, saved func(position uint64)) (leave func(), alone func() bool, err error) {
	name, err := s.name()
	if err != nil {
		return nil, nil, err
	}
	hostKeys, err := checkup.Fingerprints(s.hostKeys)
	if err != nil {
		return nil, nil, fmt.Errorf("read the host key: %w", err)
	}
	kept, err := cluster.NewCodes(s.conn, identity.CodeTTL, replicas)
	if err != nil {
		return nil, nil, err
	}
	present, err := cluster.Join(s.conn, cluster.Self{
		Run: run, Name: name, Version: version(), HostKey: strings.Join(hostKeys, " "), Started: time.Now(), Log: s.log,
		Report: s.report, Names: s.game.Online, Sessions: s.server.SessionsOf, NamesChanged: s.screens.UpdatePresence, PeerGone: s.screens.RemoveServer, PeerSaved: saved,
	})
	if err != nil {
		return nil, nil, err
	}
	s.startup.Joined(present)
	s.server.JoinCluster(present, sharedCodes{kept})
	return present.Leave, present.Alone, nil
}

// name returns the server's name: the flag's, or the host name.
func (f *memberFlags) name() (string, error) {
	if f.ServerName != "" {
		return f.ServerName, nil
	}
	name, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("get the host name: %w; set one with --server-name", err)
	}
	return name, nil
}

func (s *instance) report() cluster.Report {
	p := s.game.Status()
	return cluster.Report{
		Players: p.Online, Sessions: s.server.Sessions(), Applied: p.Position, Stored: p.StorePosition, Unjournaled: p.Unjournaled,
		JournalDown: p.JournalDown, StoreDown: p.StoreDown,
	}
}

// sharedCodes are one-time codes that all servers accept.
type sharedCodes struct{ *cluster.Codes }

// New implements identity.Codes.
func (c sharedCodes) New(ctx context.Context, g identity.Grant) (string, error) {
	code, shown := identity.GenerateCode()
	return shown, c.Add(ctx, code, cluster.Grant{Name: g.Name.String(), By: string(g.By)})
}

// Redeem implements identity.Codes.
func (c sharedCodes) Redeem(ctx context.Context, code string) (identity.Grant, error) {
	g, err := c.Take(ctx, identity.NormalizeCode(code))
	if errors.Is(err, cluster.ErrNoCode) {
		return identity.Grant{}, identity.ErrBadCode
	} else if err != nil {
		return identity.Grant{}, err
	}
	name, err := identity.ParseName(g.Name)
	if err != nil {
		return identity.Grant{}, fmt.Errorf("use a code: %w", err)
	}
	return identity.Grant{Name: name, By: identity.Fingerprint(g.By)}, nil
}
