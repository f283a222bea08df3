package cluster

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dustin/go-humanize/english"
	"github.com/nats-io/nats.go"

	"clickky/sync/finding"
	"clickky/sync/game"
)

// attempt is the result of connecting to one NATS server.
type attempt struct {
	server                 string // its URL without user and password
	conn                   *nats.Conn
	name, version, cluster string // as it reports them; cluster is empty if it has none
	tls                    string // the TLS version; empty if the connection isn't encrypted
	took                   time.Duration
	// err is why it can't be used, without user and password; nil if it can. nats.ErrNoServers in
	// its chain means that nothing answers there.
	err error
}

// Examine connects once to each of the listed NATS servers, concurrently, and reports on them. It
// takes a few seconds at most. It returns one of the connections, which the caller closes, or nil
// if no server can be used.
func Examine(c Config, r *finding.Report) (nc *nats.Conn) {
	urls := strings.Split(c.URL, ",")
	all := make([]attempt, len(urls))
	var trying sync.WaitGroup
	for i := range urls {
		one := c
		one.URL = strings.TrimSpace(urls[i])
		trying.Go(func() { all[i] = one.try() })
	}
	trying.Wait()
	report(all, r)
	for _, t := range all {
		switch {
		case t.err != nil:
		case nc == nil:
			nc = t.conn
		default:
			t.conn.Close()
		}
	}
	return nc
}

func (c Config) try() attempt {
	begun := time.Now()
	nc, err := nats.Connect(c.URL, append(c.options(slog.New(slog.DiscardHandler)), nats.NoReconnect())...)
	t := attempt{server: c.Servers(), conn: nc, took: time.Since(begun)}
	if err != nil {
		t.err = c.maskSecrets(err)
		return t
	}
	t.name, t.version, t.cluster = cleanLabel(nc.ConnectedServerName()), cleanLabel(nc.ConnectedServerVersion()), cleanLabel(nc.ConnectedClusterName())
	if state, err := nc.TLSConnectionState(); err == nil {
		t.tls = tls.VersionName(state.Version)
	}
	return t
}

// report returns whether any of the servers can be used.
func report(all []attempt, r *finding.Report) (usable bool) {
	clusters := map[string]bool{}
	for _, t := range all {
		if t.err == nil {
			clusters[t.cluster] = true
		}
	}
	usable = len(clusters) > 0
	for _, t := range all {
		r.Add("nats", t.check(usable))
	}
	switch {
	case len(clusters) > 1:
		r.Add("nats", finding.Problemf("list only servers of one cluster in --nats", "these NATS servers belong to different clusters"))
	case len(all) == 1 && all[0].cluster != "":
		r.Add("nats", finding.Warnf("list all of them in --nats, separated by commas", "--nats names only one server of a cluster; while it is down, no Clickky server can start"))
	}
	if usable {
		r.Add("nats-tls", checkTLS(all))
	}
	return usable
}

// check reports on one server. another reports whether another one can be used.
func (t *attempt) check(another bool) finding.Finding {
	const fix = "start it, or correct the host and port in --nats"
	severity := finding.Problem
	if another {
		severity = finding.Warning
	}
	switch {
	case t.err == nil:
		member := "not in a cluster"
		if t.cluster != "" {
			member = "in the cluster " + t.cluster
		}
		return finding.OKf("%s answers: %s, version %s, %s (connected in %v)", t.server, t.name, t.version, member, t.took.Round(time.Millisecond/10))
	case isPermanent(t.err):
		return finding.Problemf("correct the user in --nats and the password in --nats-password-file, or --nats-creds; or add the user to the NATS server's configuration",
			"%s rejects this user: %v", t.server, t.err)
	case errors.Is(t.err, nats.ErrNoServers):
		return finding.Newf(severity, fix, "%s doesn't answer", t.server)
	}
	return finding.Newf(severity, fix+"; with tls://, set --nats-ca to the CA that signed its certificate", "can't use %s: %v", t.server, t.err)
}

func checkTLS(all []attempt) finding.Finding {
	const fix = "give the NATS servers certificates and use tls:// URLs in --nats, unless you trust that network"
	version, remote := "", false
	for _, t := range all {
		if u, err := url.Parse(t.server); t.err == nil && err == nil {
			version = cmp.Or(version, t.tls)
			remote = remote || u.Hostname() != "localhost" && !net.ParseIP(u.Hostname()).IsLoopback()
		}
	}
	return finding.TLS(version, remote, fix)
}

// Here describes this machine to ExamineMembers.
type Here struct {
	Name, Version     string // of its server
	HostKey, KeyFiles string // the fingerprints of its host keys, and their files
	KeyErr            error  // why the fingerprints are unknown
	Running           bool   // whether a server is using the data directory
}

// ExamineMembers listens as Listen does, and reports on the servers that it hears. It returns
// whether there are any.
func ExamineMembers(ctx context.Context, nc *nats.Conn, here Here, r *finding.Report) bool {
	members, err := Listen(ctx, nc)
	if err != nil {
		r.Add("servers", finding.Warnf("let the user in --nats subscribe to clickky.v1.>", "%v", err))
	} else {
		here.report(members, r)
	}
	return len(members) > 0
}

func (h *Here) report(members []game.Server, r *finding.Report) {
	r.Add("servers", h.checkServers(members))
	for i := range members {
		r.Add("server", checkMember(&members[i]))
	}
	if len(members) > 0 {
		r.Add("clocks", checkClocks(members))
		r.Add("host-keys", h.checkKeys(members))
		r.Add("versions", h.checkVersions(members))
	}
}

func (h *Here) checkServers(members []game.Server) finding.Finding {
	names := make([]string, len(members))
	mine := false
	for i, m := range members {
		names[i] = m.Name
		mine = mine || m.Name == h.Name || strings.HasPrefix(m.Name, h.Name+"-") // one of several of that name
	}
	switch {
	case h.Running && !mine:
		return finding.Warnf("check its log and /readyz",
			"can't hear the server on this machine (%s): it's waiting for NATS, cut off from NATS, or running with other flags", h.Name)
	case len(members) == 0:
		return finding.OKf("none running")
	}
	return finding.OKf("%s: %s", english.Plural(len(members), "server", ""), strings.Join(names, ", "))
}

func checkMember(m *game.Server) finding.Finding {
	severity, fix := finding.OK, ""
	switch m.State {
	case game.ServerJournalDown:
		severity, fix = finding.Problem, "check that most NATS servers are up and that this server reaches them; keep it running until then, because its latest clicks are only in memory"
	case game.ServerDatabaseDown:
		severity, fix = finding.Problem, "fix its connection to the database; its clicks are in the journal, and other servers save them"
	case game.ServerBehind:
		severity, fix = finding.Warning, "check the CPU and network of that machine"
	}
	ahead, direction := m.Skew.Round(time.Millisecond), "ahead"
	if ahead < 0 {
		direction = "behind"
	}
	return finding.Newf(severity, fix, "%s: %s, %s, %s behind, %s in memory only, clock %v %s, running for %v, %s", m.Name, m.State, english.Plural(m.Players, "player", ""),
		english.Plural(int(m.Lag), "event", ""), english.Plural(int(m.Unjournaled), "click", ""), ahead.Abs(), direction, m.Up.Truncate(time.Second), m.Version)
}

// checkClocks reports how far the clocks of the servers and of this machine differ.
func checkClocks(members []game.Server) finding.Finding {
	all := append([]game.Server{{Name: "this machine"}}, members...)
	bySkew := func(a, b game.Server) int { return cmp.Compare(a.Skew, b.Skew) }
	first, last := slices.MinFunc(all, bySkew), slices.MaxFunc(all, bySkew)
	apart := (last.Skew - first.Skew).Round(time.Millisecond)
	severity := finding.ClockSeverity(apart)
	if severity == finding.OK {
		return finding.OKf("at most %v apart", apart)
	}
	return finding.Newf(severity, "synchronize all clocks with NTP: timedatectl set-ntp true",
		"the clock of %s is %v ahead of the clock of %s", last.Name, apart, first.Name)
}

func (h *Here) checkKeys(members []game.Server) finding.Finding {
	const fix = "copy the host keys (host_key, host_key_ecdsa, host_key_rsa) of one server to all the others, or give all of them the same --host-key; then restart them one at a time"
	first := members[0]
	other := slices.IndexFunc(members, func(m game.Server) bool { return m.HostKey != first.HostKey })
	switch {
	case other >= 0:
		return finding.Problemf(fix, "%s has %s, but %s has %s: ssh warns players who connect to both", first.Name, first.HostKey, members[other].Name, members[other].HostKey)
	case h.KeyErr != nil:
		return finding.Warnf("copy the host keys of another server here before you start one; otherwise it creates new keys, and ssh warns your players",
			"the other servers have %s; can't read %s to compare", first.HostKey, h.KeyFiles)
	case h.HostKey != first.HostKey:
		return finding.Problemf(fix, "%s here is %s, but the servers have %s: ssh warns players who connect to both", h.KeyFiles, h.HostKey, first.HostKey)
	}
	return finding.OKf("the same everywhere: %s", first.HostKey)
}

// checkVersions reports whether all servers have the same version, as they do except during an
// upgrade.
func (h *Here) checkVersions(members []game.Server) finding.Finding {
	const fix = "upgrade all servers to the newest of these versions, one server at a time"
	first := members[0]
	other := slices.IndexFunc(members, func(m game.Server) bool { return m.Version != first.Version })
	switch {
	case other >= 0:
		return finding.Warnf(fix, "%s runs %s, but %s runs %s", first.Name, first.Version, members[other].Name, members[other].Version)
	case first.Version != h.Version:
		return finding.Warnf(fix, "the servers run %s, but this program is %s", first.Version, h.Version)
	}
	return finding.OKf("all run %s", first.Version)
}
