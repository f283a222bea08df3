package server_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
	"clickky/sync/game"
)

// banners keeps what a server says before the login.
type banners struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *banners) take(message string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text.WriteString(message)
	return nil
}

func (b *banners) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// loginWith logs in with these methods only, as a client of that version, and returns the
// banners from before the login.
func loginWith(t *testing.T, addr, user, version string, methods ...gossh.AuthMethod) (*gossh.Client, string, error) {
	t.Helper()
	var said banners
	client, err := gossh.Dial("tcp", addr, &gossh.ClientConfig{
		User: user, Auth: methods, ClientVersion: version, Timeout: sshtest.Patience,
		HostKeyCallback: gossh.InsecureIgnoreHostKey(),
		BannerCallback:  said.take,
	})
	if err == nil {
		t.Cleanup(func() { _ = client.Close() })
	}
	return client, said.String(), err
}

const typedPassword = "correct horse battery staple"

func TestGuestsLogInWithAnyMethod(t *testing.T) {
	t.Parallel()
	owner, other := sshtest.Signer(t, 1), sshtest.Signer(t, 2)
	var logs lockedBuffer
	g := start(t, func(c *server.Config) {
		c.Admins = admins(t, "carol="+fingerprint(owner))
		c.Log = slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}).load(t, 0, game.Player{Name: "alice", Clicks: 7})
	asked := 0
	keyboard := gossh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
		asked += len(questions)
		return make([]string, len(questions)), nil
	})
	password := gossh.Password(typedPassword)
	for _, c := range []struct {
		user    string
		methods []gossh.AuthMethod
		status  int
		says    string
	}{
		{"alice", []gossh.AuthMethod{keyboard}, 0, `"claimed":false`},
		{"alice", []gossh.AuthMethod{password}, 0, `"claimed":false`},
		{"alice", []gossh.AuthMethod{gossh.Password("")}, 0, `"claimed":false`},
		{"carol", []gossh.AuthMethod{password}, 1, "belongs to another SSH key"},
		{"carol", []gossh.AuthMethod{gossh.PublicKeys(other), password}, 1, fingerprint(other)},
		{"carol", []gossh.AuthMethod{gossh.PublicKeys(other, owner), password}, 0, `"admin":true`},
	} {
		client, _, err := loginWith(t, g.addr, c.user, "", c.methods...)
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		if r := (&sshtest.Conn{Client: client}).Run(t, "me --json", false); r.Status != c.status || !strings.Contains(r.Out+r.Errors, c.says) {
			t.Errorf("%s is answered %+v; want %d, %q", c.user, r, c.status, c.says)
		}
	}
	if asked > 0 {
		t.Errorf("guests are asked %d questions", asked)
	}
	if bytes.Contains(logs.Bytes(), []byte("horse")) {
		t.Error("a password is logged")
	}
}

func TestPasswordDoesNotReplaceKey(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *server.Config) { c.NoGuests = true }).load(t, 0)
	client, _, err := loginWith(t, g.addr, "alice", "", gossh.Password(typedPassword))
	if err != nil {
		t.Fatal(err)
	}
	if r := (&sshtest.Conn{Client: client}).Run(t, "me", false); r.Status != 1 || !strings.Contains(r.Errors, "ssh-keygen") {
		t.Errorf("a guest is answered %+v", r)
	}
}

func TestBannerExplainsLogin(t *testing.T) {
	t.Parallel()
	owner := sshtest.Signer(t, 1)
	change := func(c *server.Config) { c.Admins = admins(t, "carol="+fingerprint(owner)) }
	open := start(t, change).load(t, 0)
	closed := start(t, func(c *server.Config) { change(c); c.NoGuests = true }).load(t, 0)
	for _, c := range []struct {
		g                   *testServer
		user, version, says string
	}{
		{open, "alice", "", "any password"},
		{open, "Not A Name", "", "any password"},
		{open, "alice", "SSH-2.0-OpenSSH_9.9", "BatchMode"},
		{open, "carol", "", "carol belongs to an SSH key"},
		{open, "carol", "SSH-2.0-OpenSSH_9.9", ""}, // it would be printed at each login of the owner
		{open, "alice", "SSH-2.0-PuTTY_Release_0.83", ""},
		{open, "+abcd", "", ""},
		{closed, "alice", "", "ssh-keygen"},
	} {
		_, said, err := loginWith(t, c.g.addr, c.user, c.version)
		if err == nil {
			t.Fatalf("%s logs in with none, so that OpenSSH would never offer a key", c.user)
		}
		if (c.says == "") != (said == "") || !strings.Contains(said, c.says) || strings.Count(said, "\n") > 1 {
			t.Errorf("%s with %q reads %q, want %q", c.user, c.version, said, c.says)
		}
	}
}

func TestSubsystemsReadThatThisIsGame(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	for _, name := range []string{"sftp", "me", "me --json", "'", ""} {
		channel, requests, err := sshtest.Dial(t, g.addr, "alice").OpenChannel("session", nil)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := channel.SendRequest("subsystem", true, gossh.Marshal(&struct{ Name string }{name})); !ok {
			t.Fatalf("%q is refused without a word: %v", name, err)
		}
		errs, err := io.ReadAll(channel.Stderr())
		if err != nil || !strings.Contains(string(errs), "game") || strings.Count(string(errs), "\n") != 1 {
			t.Errorf("%q: %v, %q", name, err, errs)
		}
		for r := range requests {
			if r.Type == "exit-status" && binary.BigEndian.Uint32(r.Payload) != 2 {
				t.Errorf("%q ends with %d", name, r.Payload)
			}
		}
	}
}

const paramikoLogin = `
import sys, paramiko
host, port, method = sys.argv[1:]
client = paramiko.Transport((host, int(port)))
client.start_client(timeout=20)
try:
    client.auth_none("alice") if method == "none" else client.auth_password("alice", "secret", fallback=False)
    session = client.open_session()
    session.exec_command("me")
    print(session.makefile().read().decode())
except paramiko.SSHException:
    print(client.get_banner().decode())
client.close()
`

// TestSubsystemsOfRealClients runs programs that want something else from an SSH server, and
// clients that have no way to log in.
func TestSubsystemsOfRealClients(t *testing.T) {
	t.Parallel()
	key, _ := keygen(t, "-t", "ed25519", "-N", "")
	g := start(t, nil).load(t, 0)
	host, port, err := net.SplitHostPort(g.addr)
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	const options = "-F /dev/null -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o IdentityAgent=none"
	openssh := "-P " + port + " " + options + " -o IdentityFile=none "
	ssh := "ssh -p " + port + " " + options + " -o IdentityFile=none "
	at := "alice@" + host
	for _, c := range []struct {
		line   []string
		status int // that the client ends with; 1 is any but 0
		says   string
	}{
		{strings.Fields(ssh + "-o BatchMode=yes " + at + " me"), 255, "BatchMode needs an SSH key"},
		{strings.Fields(ssh + "-o PreferredAuthentications=keyboard-interactive " + at + " me"), 0, "guest"},
		{strings.Fields(ssh + "-o PreferredAuthentications=password " + at + " me"), 0, "guest"},
		{strings.Fields(ssh + at + " exit"), 2, "there's no command `exit`"},
		{strings.Fields("sftp " + openssh + at), 1, "there's no command `sftp`"},
		{strings.Fields("scp " + openssh + key + " " + at + ":x"), 1, "there's no command `sftp`"},
		{strings.Fields("scp -O " + openssh + key + " " + at + ":x"), 1, "there's no command `scp`"},
		{strings.Fields("ssh-copy-id -i " + key + " -p " + port + " -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null " + at), 1, "there's no command `exit`"},
		{[]string{"git", "clone", "ssh://" + at + ":" + port + "/x.git", filepath.Join(home, "x")}, 1, "there's no command `git-upload-pack`"},
		{[]string{"rsync", "-e", ssh, key, at + ":x"}, 1, "there's no command `rsync`"},
		{[]string{python, "-c", paramikoLogin, host, port, "none"}, 0, "log in with an SSH key, or as a guest"},
		{[]string{python, "-c", paramikoLogin, host, port, "password"}, 0, "guest"},
	} {
		t.Run(c.line[0], func(t *testing.T) {
			client := realClient{name: "paramiko", programs: c.line[:1]}
			client.skipWithout(t)
			cmd := exec.CommandContext(t.Context(), c.line[0], c.line[1:]...)
			cmd.Env = append(os.Environ(), "HOME="+home, "GIT_SSH_COMMAND=ssh "+options, "SSH_AUTH_SOCK=", "SSH_ASKPASS=true", "SSH_ASKPASS_REQUIRE=force")
			out, err := cmd.CombinedOutput()
			if status := cmd.ProcessState.ExitCode(); status != c.status && (c.status != 1 || status == 0) || !strings.Contains(string(out), c.says) {
				t.Errorf("%q: %v, %s; want %d, %s", c.line, err, out, c.status, c.says)
			}
		})
	}
}
