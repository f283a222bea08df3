package deploy

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"go.yaml.in/yaml/v3"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/store/mysql/mariadbtest"
)

// numbered are the servers of each kind in the cluster of the examples.
var numbered = []string{"1", "2", "3"}

// clusterFile reads the compose file of the cluster.
func clusterFile(t *testing.T) (c compose) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(read(t, "cluster/compose.yml")), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestClusterFilesAreConsistent checks what can be checked without containers.
func TestClusterFilesAreConsistent(t *testing.T) {
	c := clusterFile(t)
	c.check(t)
	known, names := knownVariables(t), map[string]bool{}
	common := func(i string) map[string]string {
		env := maps.Clone(c.Services["clickky-"+i].Environment)
		names[env["CLICKKY_SERVER_NAME"]] = true
		delete(env, "CLICKKY_SERVER_NAME")
		return env
	}
	settings := common("1")
	for name := range settings {
		if !known[name] {
			t.Errorf("%s is no setting of the server", name)
		}
	}
	haproxy, nats := read(t, "cluster/haproxy.cfg"), []string{}
	for _, i := range numbered {
		if !maps.Equal(common(i), settings) {
			t.Errorf("the settings of clickky-%s differ in more than its name", i)
		}
		if !strings.Contains(haproxy, "clickky-"+i+":2222") {
			t.Errorf("haproxy does not know clickky-%s", i)
		}
		if name := c.Services["nats-"+i].Environment["NATS_NAME"]; name != "nats-"+i {
			t.Errorf("nats-%s is called %q", i, name)
		}
		nats = append(nats, "nats://clickky@nats-"+i+":4222")
	}
	if len(names) != len(numbered) {
		t.Errorf("the servers are called %v", names)
	}
	if got := settings["CLICKKY_NATS"]; got != strings.Join(nats, ",") {
		t.Errorf("the servers go to %s, want %v", got, nats)
	}
	if text := read(t, "cluster/compose.yml"); !strings.Contains(text, "ipv4_address: "+settings["CLICKKY_PROXY_PROTOCOL"]+"\n") {
		t.Error("the load balancer has another address than the servers believe")
	}
	version := regexp.MustCompile(`nats-server/v2 v(\d+\.\d+)`).FindStringSubmatch(read(t, filepath.Join(root, "go.mod")))[1]
	if image := "image: nats:" + version + "-"; !strings.Contains(read(t, "cluster/compose.yml"), image) {
		t.Errorf("there is no %q, the version that is tested", image)
	}
}

// TestClusterUnitsAreValid has systemd verify them, as on a machine where they are installed.
func TestClusterUnitsAreValid(t *testing.T) {
	analyze := tool(t, "systemd-analyze", "what systemd says of the units of the cluster")
	dir := t.TempDir()
	for from, to := range map[string]string{
		"clickky.service": "clickky.service", "clickky.socket": "clickky.socket",
		"cluster/clickky.conf": "clickky.service.d/clickky.conf", "cluster/nats.service": "nats.service",
	} {
		text := strings.NewReplacer("/usr/bin/clickky", "/bin/true", "/usr/local/bin/nats-server", "/bin/true").Replace(read(t, from))
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, to)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, to), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := command(t.Context(), dir, analyze, "verify", "--man=no", "--recursive-errors=one", filepath.Join(dir, "clickky.service"), filepath.Join(dir, "nats.service"))
	if err != nil || strings.Contains(out, "clickky") || strings.Contains(out, "nats") {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// playground is the cluster of the examples on this machine: its files, with other
// addresses.
type playground struct {
	dir   string
	addrs map[string]string // of what the files name
}

// newPlayground copies the files and makes the secrets, as the instructions say.
func newPlayground(t *testing.T) *playground {
	t.Helper()
	tool(t, "ssh-keygen", "the cluster of the examples")
	p := &playground{dir: filepath.Join(t.TempDir(), "cluster"), addrs: map[string]string{}}
	if err := os.CopyFS(p.dir, os.DirFS("cluster")); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time nothing changes
		if out, err := command(t.Context(), p.dir, "sh", "secrets.sh"); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	for _, i := range numbered {
		for _, at := range []string{"nats-" + i + ":4222", "nats-" + i + ":6222", "clickky-" + i + ":2222"} {
			p.addrs[at] = sshtest.FreeAddr(t)
		}
	}
	return p
}

// edit replaces texts in a file, and the addresses.
func (p *playground) edit(t *testing.T, name string, more ...string) string {
	t.Helper()
	path := filepath.Join(p.dir, name)
	for from, to := range p.addrs {
		more = append(more, from, to)
	}
	text := strings.NewReplacer(more...).Replace(read(t, path))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// startNATS starts the NATS servers, each with the nats.conf of the examples except for the
// addresses.
func (p *playground) startNATS(t *testing.T) {
	t.Helper()
	p.edit(t, "secrets/nats.conf")
	conf := read(t, filepath.Join(p.dir, "nats.conf"))
	for _, i := range numbered {
		path := filepath.Join(p.dir, "nats-"+i+".conf")
		text := strings.NewReplacer("0.0.0.0:4222", p.addrs["nats-"+i+":4222"], "0.0.0.0:6222", p.addrs["nats-"+i+":6222"], `http: "127.0.0.1:8222"`, "").Replace(conf)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("NATS_NAME", "nats-"+i)
		t.Setenv("NATS_STORE", filepath.Join(p.dir, "store-"+i))
		options, err := natsserver.ProcessConfigFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !options.SyncAlways || options.MaxPayload != 8<<20 || options.JetStreamMaxStore < 8<<30+16<<20 {
			t.Errorf("sync always: %v, at most %d bytes a message, %d in all", options.SyncAlways, options.MaxPayload, options.JetStreamMaxStore)
		}
		options.NoLog, options.NoSigs = true, true
		s, err := natsserver.NewServer(options)
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	}
}

// environment returns the environment of a service, with the addresses and the database of
// this machine.
func (p *playground) environment(t *testing.T, c compose, service, db string, proxied bool) (env []string) {
	t.Helper()
	replace := []string{"/run/secrets/", filepath.Join(p.dir, "secrets") + "/"}
	for from, to := range p.addrs {
		replace = append(replace, from, to)
	}
	for name, value := range c.Services[service].Environment {
		switch value = strings.NewReplacer(replace...).Replace(value); {
		case name == "CLICKKY_DB":
			value = db
		case name == "CLICKKY_HTTP":
			value = "127.0.0.1:0"
		case name == "CLICKKY_PROXY_PROTOCOL" && proxied:
			value = "127.0.0.1"
		case name == "CLICKKY_PROXY_PROTOCOL":
			continue
		}
		env = append(env, name+"="+value)
	}
	return append(env, "CLICKKY_LISTEN="+p.addrs[service+":2222"], "CLICKKY_DATA="+filepath.Join(p.dir, service), "HOME="+p.dir)
}

// TestClusterExamplesRunGame plays on this machine: NATS servers and Clickky servers with the
// files of the examples, MariaDB instead of MySQL, and HAProxy in front where it is installed.
func TestClusterExamplesRunGame(t *testing.T) {
	binary, c, p := program(t), clusterFile(t), newPlayground(t)
	db := mariadbtest.Start(t)
	if err := os.WriteFile(filepath.Join(p.dir, "secrets", "db_password"), []byte(mariadbtest.Password), 0o600); err != nil {
		t.Fatal(err)
	}
	p.startNATS(t)
	haproxy, err := exec.LookPath("haproxy")
	if _, there := os.Stat("/usr/sbin/haproxy"); err != nil && there == nil {
		haproxy, err = "/usr/sbin/haproxy", nil
	}
	proxied := err == nil
	servers, envs := map[string]*server{}, map[string][]string{}
	for _, i := range numbered {
		name := "clickky-" + i
		envs[name] = p.environment(t, c, name, strings.Replace(db.URL, ":"+mariadbtest.Password+"@", "@", 1), proxied)
		cmd := exec.Command(binary, "serve")
		cmd.Env = envs[name]
		servers[name] = launch(t, cmd)
	}
	doors := []string{servers["clickky-1"].addr, servers["clickky-2"].addr}
	if proxied {
		front := p.haproxy(t, haproxy)
		doors = []string{front, front}
	} else {
		t.Log("the example for HAProxy is not tested: haproxy is not installed; players connect to the servers directly")
	}
	alice := sshtest.Dial(t, doors[0], "alice").Play(t, 80, 24)
	alice.Type(t, " ")
	alice.WaitFor(t, "1 click by 1 player")
	bob := sshtest.Dial(t, doors[1], "bob").Play(t, 80, 24)
	bob.WaitFor(t, "1 click by 1 player", "2 here")
	bob.Type(t, "  ")
	alice.WaitFor(t, "3 clicks by 2 players")
	on := func(player string) (found []string) {
		for name, s := range servers {
			if strings.Contains(s.log(t), "player joined\" player="+player+" from=127.0.0.1:") {
				found = append(found, name)
			}
		}
		return found
	}
	if a, b := on("alice"), on("bob"); len(a) != 1 || len(b) != 1 || a[0] == b[0] {
		t.Errorf("alice plays on %v, and bob on %v", a, b)
	}
	examine(t, binary, envs["clickky-1"])
	for _, name := range slices.Sorted(maps.Keys(servers)) {
		servers[name].terminate(t)
	}
}

// haproxy runs HAProxy with the example, and returns where it listens.
func (p *playground) haproxy(t *testing.T, path string) (front string) {
	t.Helper()
	front = sshtest.FreeAddr(t)
	config := p.edit(t, "haproxy.cfg", "bind :2222", "bind "+front, " resolvers docker init-addr last,libc,none", "", "maxconn 32000", "maxconn 100")
	if out, err := command(t.Context(), p.dir, path, "-c", "-f", config); err != nil {
		t.Fatalf("haproxy does not take the example: %v\n%s", err, out)
	}
	runUntilEnd(t, exec.Command(path, "-f", config))
	sshtest.Eventually(t, "haproxy listens", func() bool {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", front)
		if err == nil {
			_ = conn.Close() // it was only to know
		}
		return err == nil
	})
	return front
}

// examine runs doctor on the cluster, which must not find anything to improve in the examples.
func examine(t *testing.T, binary string, env []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, "doctor", "--json")
	cmd.Env = env
	out, err := cmd.Output()
	var found []struct{ Name, Status, Finding string }
	if jsonErr := json.Unmarshal(out, &found); err != nil || jsonErr != nil {
		t.Errorf("the doctor: %v, %v: %s", err, jsonErr, out)
	}
	want := map[string]string{
		"servers": "3 servers: one, three, two", "copies": "3, all up to date", "max_payload": "8.0 MiB", "host-keys": "the same everywhere", "room": "of 8.0 GiB",
	}
	for _, r := range found {
		if r.Status == "problem" || r.Status == "warning" && r.Name != "descriptors" && r.Name != "disk" {
			t.Errorf("the doctor finds a %s: %s: %s", r.Status, r.Name, r.Finding)
		}
		if text, ok := want[r.Name]; ok && strings.Contains(r.Finding, text) {
			delete(want, r.Name)
		}
	}
	if len(want) > 0 {
		t.Errorf("the doctor does not find %v in %s", want, fmt.Sprint(found))
	}
}
