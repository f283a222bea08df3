package server_test

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"clickky/server"
)

// realClient is an SSH client that was written elsewhere.
type realClient struct {
	name     string
	programs []string // all of which it needs
	// key converts a private key of OpenSSH to the form that it reads; nil: it reads it.
	key func(t *testing.T, path string) string
	// me is its command line that runs me --json; key is empty for none.
	me func(host, port, name, key string) []string
}

// python is the interpreter for which the system's packages are installed.
const python = "/usr/bin/python3"

// realClients are those that are tried. Those in Python are not installed for the tests:
// they bring along much that nothing else needs.
var realClients = []realClient{
	{name: "OpenSSH", programs: []string{"ssh"}, me: func(host, port, name, key string) []string {
		line := []string{"ssh", "-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "IdentityAgent=none"}
		if key == "" {
			key = "none"
		}
		return append(line, "-o", "IdentityFile="+key, "-p", port, name+"@"+host, "me --json")
	}},
	{name: "dbclient", programs: []string{"dbclient", "dropbearconvert"}, key: func(t *testing.T, path string) string {
		return convert(t, path, "dropbearconvert", "openssh", "dropbear", path, path+".dropbear")
	}, me: func(host, port, name, key string) []string {
		line := []string{"dbclient", "-y", "-y", "-T", "-q"}
		if key != "" {
			line = append(line, "-i", key)
		}
		return append(line, "-p", port, name+"@"+host, "me --json")
	}},
	{name: "plink", programs: []string{"plink", "puttygen"}, key: func(t *testing.T, path string) string {
		return convert(t, path, "puttygen", path, "-O", "private", "-o", path+".ppk")
	}, me: func(host, port, name, key string) []string {
		line := []string{"plink", "-batch", "-T", "-noagent", "-hostkey", "HOSTKEY"}
		if key != "" {
			line = append(line, "-i", key)
		}
		return append(line, "-P", port, name+"@"+host, "me --json")
	}},
	{name: "paramiko", programs: []string{python}, me: inPython(`
import sys, paramiko
host, port, name, key = sys.argv[1:]
client = paramiko.Transport((host, int(port)))
client.start_client(timeout=20)
if key:
    client.auth_publickey(name, paramiko.Ed25519Key.from_private_key_file(key) if "ed25519" in key else
        paramiko.ECDSAKey.from_private_key_file(key) if "ecdsa" in key else paramiko.RSAKey.from_private_key_file(key))
else:
    client.auth_interactive(name, lambda title, instructions, prompts: [""] * len(prompts))
session = client.open_session()
session.exec_command("me --json")
print(session.makefile().read().decode())
client.close()
`)},
	{name: "asyncssh", programs: []string{python}, me: inPython(`
import asyncio, sys, asyncssh
host, port, name, key = sys.argv[1:]
class Client(asyncssh.SSHClient):
    def kbdint_auth_requested(self):
        return ""
    def kbdint_challenge_received(self, name, instructions, lang, prompts):
        return [""] * len(prompts)
async def main():
    async with asyncssh.connect(host, int(port), username=name, known_hosts=None, config=None, agent_path=None,
            client_keys=[key] if key else None, client_factory=Client) as conn:
        print((await conn.run("me --json")).stdout)
asyncio.run(main())
`)},
}

func inPython(script string) func(host, port, name, key string) []string {
	return func(host, port, name, key string) []string {
		return []string{python, "-c", script, host, port, name, key}
	}
}

// convert writes a key in another form, and returns the path, which is the last argument.
func convert(t *testing.T, path string, line ...string) string {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), line[0], line[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v: %s", line[0], path, err, out)
	}
	return line[len(line)-1]
}

// skipWithout skips a test of a client that is not here.
func (c *realClient) skipWithout(t *testing.T) {
	t.Helper()
	for _, program := range c.programs {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
	if c.programs[0] == python {
		if err := exec.CommandContext(t.Context(), python, "-c", "import "+c.name).Run(); err != nil {
			t.Skipf("%s is not installed", c.name)
		}
	}
}

// TestLoginOfRealClients has clients of other authors log in as a guest and with keys of all
// kinds. A name that is reserved for a key shows that the key was proved.
func TestLoginOfRealClients(t *testing.T) {
	t.Parallel()
	keys := map[string][]string{"ed25519": {"-t", "ed25519"}, "ecdsa": {"-t", "ecdsa", "-b", "256"}, "rsa": {"-t", "rsa", "-b", "2048"}}
	paths := map[string]string{"guest": ""}
	var kept []string
	for kind, args := range keys {
		made, public := keygen(t, append(args, "-N", "")...)
		paths[kind] = filepath.Join(filepath.Dir(made), kind)
		if err := os.Rename(made, paths[kind]); err != nil {
			t.Fatal(err)
		}
		kept = append(kept, "my-"+kind+"="+public)
	}
	dir := t.TempDir()
	g := start(t, func(c *server.Config) {
		c.Admins, c.HostKeys, c.MakeHostKeys = admins(t, kept...), server.HostKeyFiles(dir), true
	}).load(t, 0)
	host, port, err := net.SplitHostPort(g.addr)
	if err != nil {
		t.Fatal(err)
	}
	hostKey := hostKeyOf(t, dir)
	for _, client := range realClients {
		t.Run(client.name, func(t *testing.T) {
			t.Parallel()
			client.skipWithout(t)
			for kind, path := range paths {
				if client.key != nil && path != "" {
					path = client.key(t, path)
				}
				line := client.me(host, port, "my-"+kind, path)
				if kind == "guest" {
					line = client.me(host, port, "alice", "")
				}
				answers(t, kind, strings.Split(strings.ReplaceAll(strings.Join(line, "\x00"), "HOSTKEY", hostKey), "\x00"))
			}
		})
	}
}

// hostKeyOf returns the fingerprint of the Ed25519 key in a directory.
func hostKeyOf(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(server.HostKeyFiles(dir)[0])
	if err != nil {
		t.Fatal(err)
	}
	key, err := gossh.ParsePrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return gossh.FingerprintSHA256(key.PublicKey())
}

// answers runs a client, which must be answered who it is.
func answers(t *testing.T, kind string, line []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), line[0], line[1:]...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir()) // nobody's own keys
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var me struct {
		Name           string
		Claimed, Admin bool
	}
	if err != nil || json.Unmarshal(out.Bytes(), &me) != nil {
		t.Errorf("%s: %v: %s%s", kind, err, &out, &errs)
		return
	}
	hasKey := kind != "guest"
	if me.Claimed != hasKey || me.Admin != hasKey || me.Name != "my-"+kind && hasKey || me.Name != "alice" && !hasKey {
		t.Errorf("%s is %+v", kind, me)
	}
}
