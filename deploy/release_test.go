package deploy

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"clickky/cmd/clickky/sshtest"
)

// goreleaser has the parts of .goreleaser.yaml that the tests check.
type goreleaser struct {
	Builds   []targets
	Archives []struct {
		Files []any
	}
	Nfpms []struct {
		Contents []struct{ Src, Dst, Type string }
		Scripts  map[string]string
	}
}

type targets struct {
	Env, Flags, Ldflags, Goos, Goarch []string
	Ignore                            []struct{ Goos, Goarch string }
}

// builds reports whether a release has a program for the system.
func (b targets) builds(goos, arch string) bool {
	for _, i := range b.Ignore {
		if i.Goos == goos && i.Goarch == arch {
			return false
		}
	}
	return true
}

func readGoreleaser(t *testing.T) goreleaser {
	t.Helper()
	var g goreleaser
	if err := yaml.Unmarshal([]byte(read(t, filepath.Join(root, ".goreleaser.yaml"))), &g); err != nil {
		t.Fatal(err)
	}
	if len(g.Builds) != 1 || len(g.Nfpms) != 1 {
		t.Fatalf("%d builds and %d packages, want one each", len(g.Builds), len(g.Nfpms))
	}
	return g
}

// TestGoreleaserMatchesImage also checks that the files of a release exist.
func TestGoreleaserMatchesImage(t *testing.T) {
	g := readGoreleaser(t)
	b := g.Builds[0]
	got := strings.Join(append(b.Flags, "-ldflags="+strings.Join(b.Ldflags, " ")), " ")
	if want := strings.Join(buildFlags, " "); got != want || strings.Join(b.Env, " ") != "CGO_ENABLED=0" {
		t.Errorf("built with %s and %v, want %s", got, b.Env, want)
	}
	made := "bin/share/" // by make share, of the same names as in a package
	for _, c := range g.Nfpms[0].Contents {
		if c.Type == "dir" || strings.HasPrefix(c.Src, made) {
			continue
		}
		if files, err := filepath.Glob(filepath.Join(root, c.Src)); err != nil || len(files) == 0 {
			t.Errorf("there is no %s: %v", c.Src, err)
		}
	}
	for _, script := range g.Nfpms[0].Scripts {
		if out, err := command(t.Context(), root, "sh", "-n", script); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

// TestPackageWithoutSystemd runs the package scripts where there is no systemd. They tell an
// upgrade from a removal, for deb and for rpm.
func TestPackageWithoutSystemd(t *testing.T) {
	dir := t.TempDir()
	said := filepath.Join(dir, "said")
	fake := "#!/bin/sh\necho \"$@\" >>" + said + "\n"
	if err := os.WriteFile(filepath.Join(dir, "systemctl"), []byte(fake), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	const disable, reload, restart = "disable --now clickky.socket clickky.service\n", "daemon-reload\n", "try-restart clickky.service\n"
	scripts := readGoreleaser(t).Nfpms[0].Scripts
	for _, c := range []struct {
		script string
		args   []string // of deb and of rpm
		want   string
	}{
		{"postinstall", []string{"configure", "1", "2"}, reload + restart},
		{"preremove", []string{"remove", "0"}, disable},
		{"preremove", []string{"upgrade", "1"}, ""},
		{"postremove", []string{"remove", "purge", "0", "1"}, reload},
	} {
		text := read(t, filepath.Join(root, scripts[c.script]))
		for _, arg := range c.args {
			for systemd, want := range map[string]string{dir: c.want, dir + "/none": ""} {
				_ = os.Remove(said)
				if out, err := command(t.Context(), dir, "sh", "-c", strings.ReplaceAll(text, "/run/systemd/system", systemd), c.script, arg); err != nil {
					t.Errorf("%s %s: %v\n%s", c.script, arg, err, out)
				}
				if got, _ := os.ReadFile(said); string(got) != want {
					t.Errorf("%s %s, systemd in %s: %q, want %q", c.script, arg, systemd, got, want)
				}
			}
		}
	}
}

// TestGoreleaserTargetsHaveDependencies does not build the targets: that takes minutes.
func TestGoreleaserTargetsHaveDependencies(t *testing.T) {
	b := readGoreleaser(t).Builds[0]
	for _, goos := range b.Goos {
		for _, arch := range b.Goarch {
			if out, err := command(t.Context(), root, "env", "GOOS="+goos, "GOARCH="+arch, "CGO_ENABLED=0", "go", "list", "-deps", "./cmd/clickky"); (err == nil) != b.builds(goos, arch) {
				t.Errorf("%s/%s: %v\n%s", goos, arch, err, out)
			}
		}
	}
}

// TestRelease checks what make release-check has built.
func TestRelease(t *testing.T) {
	dist := os.Getenv("CLICKKY_RELEASE")
	if dist == "" {
		t.Skip("no release was built; make release-check builds one in a few minutes")
	}
	b := readGoreleaser(t).Builds[0]
	for _, goos := range b.Goos {
		for _, arch := range b.Goarch {
			archives, err := filepath.Glob(filepath.Join(dist, "clickky_*_"+goos+"_"+arch+".tar.gz"))
			if err != nil || (len(archives) == 1) != b.builds(goos, arch) {
				t.Errorf("%s/%s: %v, %v", goos, arch, archives, err)
			}
		}
	}
	if out, err := command(t.Context(), dist, "sha256sum", "--check", "--quiet", "checksums.txt"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	t.Run("deb", func(t *testing.T) {
		tryPackage(t, dist, "deb", tool(t, "dpkg-deb", "the deb")+` --extract "$1" .`)
	})
	t.Run("rpm", func(t *testing.T) {
		tryPackage(t, dist, "rpm", tool(t, "rpm2cpio", "the rpm")+` "$1" | `+tool(t, "cpio", "the rpm")+" -idm --quiet --no-absolute-filenames")
	})
}

// hasGitFolder reports whether Go can find the commit that it builds, which it can't in a
// second work tree of a repository.
func hasGitFolder() bool {
	info, err := os.Stat(filepath.Join(root, ".git"))
	return err == nil && info.IsDir()
}

// tryPackage unpacks a package for this machine, and plays with its program.
func tryPackage(t *testing.T, dist, kind, unpack string) {
	t.Helper()
	packages, err := filepath.Glob(filepath.Join(dist, "clickky_*_linux_"+runtime.GOARCH+"."+kind))
	if err != nil || len(packages) != 1 {
		t.Fatalf("packages: %v, %v", packages, err)
	}
	dir := t.TempDir()
	if out, err := command(t.Context(), dir, "sh", "-ec", unpack, "sh", packages[0]); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	zsh := map[string]string{"deb": "vendor-completions", "rpm": "site-functions"}[kind]
	for _, path := range []string{
		"/usr/share/man/man1/clickky.1.gz", "/usr/share/bash-completion/completions/clickky", "/usr/share/zsh/" + zsh + "/_clickky",
		"/usr/share/fish/vendor_completions.d/clickky.fish", "/usr/lib/systemd/system/clickky.service", "/usr/lib/systemd/system/clickky.socket", "/etc/clickky",
	} {
		if _, err := os.Stat(dir + path); err != nil {
			t.Error(err)
		}
	}
	binary := filepath.Join(dir, "usr/bin/clickky")
	if out, err := command(t.Context(), dir, binary, "version"); err != nil || !strings.Contains(out, "commit ") && hasGitFolder() {
		t.Errorf("%v: %s", err, out)
	}
	s := serve(t, binary, dir, "--listen", "127.0.0.1:0")
	screen := sshtest.Dial(t, s.addr, "alice").Play(t, 80, 24)
	screen.Type(t, " ")
	screen.WaitFor(t, "1 click by 1 player")
	s.terminate(t)
}
