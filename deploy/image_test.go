package deploy

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"go.yaml.in/yaml/v3"

	"clickky/cmd/clickky/sshtest"
)

// instruction is a line of a Dockerfile: its name, and the rest.
type instruction struct{ name, rest string }

// stages returns the stages of the Dockerfile, each from its FROM on.
func stages(t *testing.T) [][]instruction {
	t.Helper()
	var all [][]instruction
	for line := range strings.Lines(read(t, "Dockerfile")) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, _ := strings.Cut(line, " ")
		if name == "FROM" {
			all = append(all, nil)
		}
		if len(all) == 0 {
			t.Fatalf("what is %q?", line)
		}
		all[len(all)-1] = append(all[len(all)-1], instruction{name, strings.TrimSpace(rest)})
	}
	return all
}

// find returns the arguments of the only instruction with that name.
func find(t *testing.T, stage []instruction, name string) string {
	t.Helper()
	var found []string
	for _, i := range stage {
		if i.name == name {
			found = append(found, i.rest)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s: %q, want one", name, found)
	}
	return found[0]
}

// words returns the words of an instruction in the form of a JSON array.
func words(t *testing.T, text string) []string {
	t.Helper()
	var list []string
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return list
}

// image is the result of the Dockerfile: a folder with all files, and how to run the program in
// it.
type image struct {
	root        string
	env         []string
	command     []string
	healthcheck []string
}

const imageUser = 65532

// build runs the commands of the Dockerfile without its base image: in a clean copy of the
// tree, with this machine's Go.
func build(t *testing.T) *image {
	t.Helper()
	all := stages(t)
	if len(all) != 2 || find(t, all[1], "FROM") != "scratch" {
		t.Fatalf("%d stages; want one that builds, and an empty one", len(all))
	}
	tree := filepath.Join(t.TempDir(), "src")
	if err := cloneTree(tree); err != nil {
		t.Skip("the image is not built: ", err)
	}
	out := filepath.Join(t.TempDir(), "out")
	for _, i := range all[0] {
		if i.name == "RUN" && !strings.HasPrefix(i.rest, "go mod download") { // the modules are here
			if said, err := command(t.Context(), tree, "sh", "-ec", strings.ReplaceAll(i.rest, "/out", out)); err != nil {
				t.Fatalf("RUN %s: %v\n%s", i.rest, err, said)
			}
		}
	}
	m := &image{root: t.TempDir()}
	for _, i := range all[1] {
		switch i.name {
		case "FROM", "EXPOSE", "VOLUME", "STOPSIGNAL":
		case "COPY":
			m.copy(t, strings.Fields(i.rest), out)
		case "ENV":
			m.env = append(m.env, i.rest)
		case "USER":
			if want := fmt.Sprintf("%d:%[1]d", imageUser); i.rest != want {
				t.Errorf("USER %s, want numbers, %s", i.rest, want)
			}
		case "ENTRYPOINT":
			m.command = slices.Concat(words(t, i.rest), words(t, find(t, all[1], "CMD")))
		case "CMD":
		case "HEALTHCHECK":
			_, cmd, _ := strings.Cut(i.rest, "CMD ")
			m.healthcheck = words(t, cmd)
		default:
			t.Errorf("the test does not know %s", i.name)
		}
	}
	return m
}

// copy runs a COPY from the first stage.
func (m *image) copy(t *testing.T, args []string, out string) {
	t.Helper()
	from, to := args[len(args)-2], filepath.Join(m.root, args[len(args)-1])
	if !slices.Contains(args, "--from=build") {
		t.Fatalf("COPY %v comes from elsewhere", args)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	from = strings.Replace(from, "/out", out, 1)
	if _, err := os.Stat(from); errors.Is(err, os.ErrNotExist) && strings.HasPrefix(from, "/etc/ssl/") {
		t.Logf("there is no %s on this machine, so the image has none", from)
		return
	}
	if said, err := command(t.Context(), "", "cp", "-r", from, to); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if slices.Contains(args, fmt.Sprintf("--chown=%d:%[1]d", imageUser)) {
		if err := os.Chown(to, imageUser, imageUser); err != nil {
			t.Fatal(err)
		}
	}
}

// run returns a command that runs in the image: it sees nothing else of this machine, neither
// programs nor libraries, users, devices, processes or temporary files.
func (m *image) run(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Path, cmd.Err = args[0], nil // a path in the image, so don't look it up here
	cmd.Dir = "/"
	cmd.Env = append([]string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, m.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: m.root, Credential: &syscall.Credential{Uid: imageUser, Gid: imageUser}}
	return cmd
}

// TestImageNeedsOnlyProgram builds what the Dockerfile describes and plays in it.
func TestImageNeedsOnlyProgram(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("the image is not tested: that takes root")
	}
	m := build(t)
	m.env = append(m.env, "CLICKKY_LISTEN="+sshtest.FreeAddr(t)) // instead of a network of its own
	s := launch(t, m.run(t, m.command...))
	screen := sshtest.Dial(t, s.addr, "alice", sshtest.Signer(t, 1)).Play(t, 80, 24)
	screen.Type(t, " ")
	screen.WaitFor(t, "1 click by 1 player")
	if out, err := m.run(t, m.healthcheck...).CombinedOutput(); err != nil {
		t.Errorf("the health check of a server that runs: %v: %s", err, out)
	}
	if info, err := os.Stat(filepath.Join(m.root, "data", "host_key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the host key is not in the volume: %v", err)
	}
	s.terminate(t)
	if out, err := m.run(t, m.healthcheck...).CombinedOutput(); err == nil {
		t.Errorf("the health check of a server that has ended: %s", out)
	}
	if out, err := m.run(t, "/clickky", "leaderboard").CombinedOutput(); err != nil || !strings.Contains(string(out), "alice") {
		t.Errorf("afterwards the leaderboard is: %v: %s", err, out)
	}
}

// TestImageUsesGoVersionOfModule also checks that releases use it.
func TestImageUsesGoVersionOfModule(t *testing.T) {
	builder := stages(t)[0]
	want := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, filepath.Join(root, "go.mod")))[1]
	if from := find(t, builder, "FROM"); !strings.HasPrefix(from, "golang:"+want+"-") {
		t.Errorf("FROM %s, want Go %s", from, want)
	}
	if text := read(t, "Dockerfile"); !strings.Contains(text, `CGO_ENABLED=0 go build `+strings.Replace(strings.Join(buildFlags, " "), "=-s -w", `="-s -w"`, 1)+" ") {
		t.Errorf("it is not built with %q:\n%s", buildFlags, text)
	}
}

// compose has the parts of a compose file that the tests check.
type compose struct {
	Services map[string]struct {
		Build struct {
			Context, Dockerfile string
		}
		DependsOn map[string]struct {
			Condition string
		} `yaml:"depends_on"`
		Ports       []string
		Environment map[string]string
		Secrets     []string
		Volumes     []string
		Healthcheck struct {
			Test []string
		}
		StopGracePeriod string `yaml:"stop_grace_period"`
	}
	Secrets map[string]struct{ File string }
	Volumes map[string]any
}

// check checks that everything that a service names exists.
func (c *compose) check(t *testing.T) {
	t.Helper()
	for name, s := range c.Services {
		for on, how := range s.DependsOn {
			if how.Condition == "service_healthy" && len(c.Services[on].Healthcheck.Test) == 0 {
				t.Errorf("%s waits for the health of %s, which has no check", name, on)
			}
		}
		for _, secret := range s.Secrets {
			if c.Secrets[secret].File == "" {
				t.Errorf("%s: there is no secret %s", name, secret)
			}
		}
		for _, volume := range s.Volumes {
			source, _, _ := strings.Cut(volume, ":")
			if _, ok := c.Volumes[source]; !ok && !strings.HasPrefix(source, "./") {
				t.Errorf("%s: there is no volume %s", name, source)
			}
		}
		for variable, value := range s.Environment {
			if file, ok := strings.CutPrefix(value, "/run/secrets/"); ok && !slices.Contains(s.Secrets, file) {
				t.Errorf("%s: %s is a secret that it does not get", name, variable)
			}
		}
	}
}

// TestComposeFileIsValid checks what can be checked without containers: the file is YAML,
// everything that a service names exists, and the server knows its settings.
func TestComposeFileIsValid(t *testing.T) {
	var c compose
	if err := yaml.Unmarshal([]byte(read(t, "compose.yml")), &c); err != nil {
		t.Fatal(err)
	}
	c.check(t)
	server := c.Services["clickky"]
	if _, err := os.Stat(filepath.Join(server.Build.Context, server.Build.Dockerfile)); err != nil {
		t.Error(err)
	}
	if volume := find(t, stages(t)[1], "VOLUME"); !slices.Contains(server.Volumes, "clickky:"+volume) {
		t.Errorf("the volume of the image is not kept: %v", server.Volumes)
	}
	known := knownVariables(t)
	for name := range server.Environment {
		if !known[name] {
			t.Errorf("%s is no setting of the server", name)
		}
	}
	if server.Environment["CLICKKY_DB"] != fmt.Sprintf("mysql://%s@mysql:3306/%s", c.Services["mysql"].Environment["MYSQL_USER"], c.Services["mysql"].Environment["MYSQL_DATABASE"]) {
		t.Error("the server goes to another database than the one that is made")
	}
}
