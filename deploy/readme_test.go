package deploy

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
)

// commands returns the first block of shell commands in a section of a document. The section
// without a name is the text before the first heading.
func commands(t *testing.T, document, section string) string {
	t.Helper()
	text := read(t, filepath.Join(root, document))
	if section != "" {
		_, rest, ok := strings.Cut(text, "\n## "+section+"\n")
		if !ok {
			t.Fatalf("%s has no section %q", document, section)
		}
		text = rest
	}
	text, _, _ = strings.Cut(text, "\n## ")
	_, block, ok := strings.Cut(text, "\n```sh\n")
	if !ok {
		t.Fatalf("%s has no commands in section %q", document, section)
	}
	block, _, _ = strings.Cut(block, "\n```")
	return block
}

// vps is a simulated machine: dir has the folders that the README's commands change.
type vps struct {
	dir, repository string
	admin           gossh.Signer
	programs        string // a folder with replacements for some of the machine's programs
	told            string // a file with the commands for systemd and the firewall
}

// furnish creates replacements for programs that would change this machine: the commands for
// systemd and the firewall are only recorded, and make installs below dir.
func (v *vps) furnish(t *testing.T) {
	t.Helper()
	v.programs = t.TempDir()
	programs := map[string]string{"make": `exec ` + tool(t, "make", "the README's section on a VPS") + ` DESTDIR='` + v.dir + `' "$@"`}
	for _, name := range []string{"apt-get", "curl", "tar"} {
		programs[name] = "exec true"
	}
	for _, name := range []string{"systemctl", "journalctl", "ufw"} {
		programs[name] = `echo ` + name + ` "$@" >>'` + v.told + `'`
	}
	for name, script := range programs {
		if err := os.WriteFile(filepath.Join(v.programs, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

// do runs a block of the document.
func (v *vps) do(t *testing.T, block string) {
	t.Helper()
	block = strings.NewReplacer("REPOSITORY", v.repository, "SHA256:...", gossh.FingerprintSHA256(v.admin.PublicKey()),
		" /etc/", " "+v.dir+"/etc/", ">/etc/", ">"+v.dir+"/etc/").Replace(block)
	if out, err := command(t.Context(), v.dir, "env", "PATH="+v.programs+":"+os.Getenv("PATH"), "sh", "-euc", block); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// unit returns an installed unit with its drop-ins, as systemd reads them.
func (v *vps) unit(t *testing.T, name string) []setting {
	t.Helper()
	settings := unit(t, filepath.Join(v.dir, "usr/local/lib/systemd/system", name))
	dropIns, err := filepath.Glob(filepath.Join(v.dir, "etc/systemd/system", name+".d", "*.conf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range dropIns {
		for _, s := range unit(t, path) {
			if s.value == "" { // takes back what there was
				settings = slices.DeleteFunc(settings, func(old setting) bool { return old.section == s.section && old.name == s.name })
				continue
			}
			settings = append(settings, s)
		}
	}
	return settings
}

// start starts the service as its unit says, on a socket that stays open.
func (v *vps) start(t *testing.T, socket *net.TCPListener) *server {
	t.Helper()
	f, err := socket.File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	service := v.unit(t, "clickky.service")
	line := strings.Replace(only(t, service, "Service", "ExecStart"), "/usr/local/", v.dir+"/usr/local/", 1)
	cmd := exec.Command("sh", "-c", "LISTEN_PID=$$ exec "+line)
	cmd.Dir, cmd.ExtraFiles = v.dir, []*os.File{f}
	cmd.Env = []string{"LISTEN_FDS=1", strings.ReplaceAll(only(t, service, "Service", "Environment"), "%S", filepath.Join(v.dir, "var/lib"))}
	file := strings.TrimPrefix(only(t, service, "Service", "EnvironmentFile"), "-")
	cmd.Env = append(cmd.Env, strings.Fields(read(t, v.dir+file))...)
	return launch(t, cmd)
}

// TestReadmeVPSInstructionsWork runs line by line what the README and docs/running.md say for
// a fresh machine, starting from an empty folder. Instead of systemd it starts what the
// installed units say.
func TestReadmeVPSInstructionsWork(t *testing.T) {
	for _, name := range []string{"git", "install", "gzip"} {
		tool(t, name, "the README's section on a VPS")
	}
	dir := t.TempDir()
	v := &vps{dir: dir, repository: filepath.Join(dir, "origin"), admin: sshtest.Signer(t, 7), told: filepath.Join(dir, "told")}
	if err := cloneTree(v.repository); err != nil {
		t.Skip("the README's section on a VPS is not tested: ", err)
	}
	if out, err := command(t.Context(), v.repository, "git", "checkout", "--quiet", "-B", "main"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	v.furnish(t)
	install := commands(t, "README.md", "On a VPS")
	look := commands(t, "docs/running.md", "")
	upgrade := commands(t, "docs/running.md", "Upgrade")
	port22 := commands(t, "docs/running.md", "Port 22")

	v.do(t, install)
	socket, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0") // as clickky.socket does
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	tcp, _ := socket.(*net.TCPListener)
	s := v.start(t, tcp)
	screen := sshtest.Dial(t, s.addr, "alice", v.admin).Play(t, 80, 24)
	screen.WaitFor(t, "admin")
	screen.Type(t, " ")
	screen.WaitFor(t, "1 click by 1 player")
	v.do(t, look)

	v.do(t, upgrade) // the new program is in place while the old one runs
	s.terminate(t)
	screen.WaitFor(t, "The server is restarting.")
	s = v.start(t, tcp)
	if r := sshtest.Dial(t, s.addr, "alice", v.admin).Run(t, "me --json", false); !strings.Contains(r.Out, `"clicks":1`) {
		t.Errorf("after the upgrade: %+v", r)
	}
	s.terminate(t)
	if _, err := os.Stat(filepath.Join(dir, "var/lib/clickky/host_key")); err != nil {
		t.Error(err)
	}

	v.do(t, port22)
	if got := only(t, v.unit(t, "clickky.socket"), "Socket", "ListenStream"); got != "22" {
		t.Errorf("the port is %s", got)
	}
	const told = `systemctl enable --now clickky.socket clickky.service
ufw allow 2222/tcp
journalctl -u clickky -f
systemctl status clickky
systemctl restart clickky
systemctl daemon-reload
systemctl restart clickky.socket clickky.service
ufw allow 22/tcp
`
	if got := read(t, v.told); got != told {
		t.Errorf("systemd and the firewall are told\n%s", got)
	}

	installed(t, dir, true)
	if out, err := command(t.Context(), filepath.Join(dir, "clickky"), "make", "uninstall", "DESTDIR="+dir); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	installed(t, dir, false)
}

// installed checks the files that make install writes.
func installed(t *testing.T, dir string, want bool) {
	t.Helper()
	for _, path := range []string{
		"bin/clickky", "share/man/man1/clickky.1", "share/bash-completion/completions/clickky", "share/zsh/site-functions/_clickky",
		"share/fish/vendor_completions.d/clickky.fish", "lib/systemd/system/clickky.service", "lib/systemd/system/clickky.socket",
	} {
		if _, err := os.Stat(filepath.Join(dir, "usr/local", path)); (err == nil) != want {
			t.Errorf("/usr/local/%s: %v", path, err)
		}
	}
	if out, err := command(t.Context(), dir, filepath.Join(dir, "usr/local/bin/clickky"), "version"); want && (err != nil || !strings.Contains(out, "\ncommit ")) {
		t.Errorf("clickky version: %v\n%s", err, out)
	}
}
