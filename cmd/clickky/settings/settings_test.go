package settings_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"clickky/cmd/clickky/settings"
)

// base are flags that two commands have.
type base struct {
	Config string `name:"config" env:"CLICKKY_TEST_CONFIG"`
	DB     string `name:"db" secret:"" env:"CLICKKY_TEST_DB"`
}

// grammar has a flag of every kind.
type grammar struct {
	Serve struct {
		base

		Every  time.Duration `default:"30s" env:"CLICKKY_TEST_EVERY"`
		Admin  []string      `sep:";" env:"CLICKKY_TEST_ADMIN"`
		Public bool          `env:"CLICKKY_TEST_PUBLIC"`
		Rate   int           `default:"20" env:"CLICKKY_TEST_RATE"`
		Share  float64       `default:"0.5"`
		Format string        `default:"text" enum:"text,json"`
		Level  slog.Level    `default:"info"`
		NATS   []string      `name:"nats"`
	} `cmd:"" default:"withargs"`
	Show struct {
		base

		Top int `default:"3"`
	} `cmd:""`
	Version struct{} `cmd:""`

	call *kong.Context
	file *settings.File
}

// BeforeResolve implements kong's hook.
func (g *grammar) BeforeResolve(call *kong.Context) (err error) {
	g.call = call
	g.file, err = settings.Load(call)
	return err
}

// parse reads a command line.
func parse(t testing.TB, args ...string) (*grammar, error) {
	t.Helper()
	g := new(grammar)
	parser, err := kong.New(g, kong.Writers(io.Discard, io.Discard), kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = parser.Parse(args); err != nil {
		err = settings.Locate(g.call, g.file, err)
	}
	return g, err
}

// file writes a file of settings.
func file(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clickky.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// listed is what a setting is said to be.
func listed(t testing.TB, g *grammar, name string) settings.Setting {
	t.Helper()
	list := settings.List(g.call, g.file, g.call.Selected().Flags)
	at := slices.IndexFunc(list, func(s settings.Setting) bool { return s.Name == name })
	if at < 0 {
		t.Fatalf("there is no %s in %+v", name, list)
	}
	return list[at]
}

func TestFileSetsEveryKind(t *testing.T) {
	path := file(t, `# all of them
db = "-dash"
every = "10s"
admin = ["one; and two", "-three"]
public = true
rate = 7
share = 1
format = "json"
level = "warn"
nats = ["nats://a:s3cr3t@h1"]
`)
	g, err := parse(t, "--config", path)
	if err != nil {
		t.Fatal(err)
	}
	s := g.Serve
	if s.DB != "-dash" || s.Every != 10*time.Second || !slices.Equal(s.Admin, []string{"one; and two", "-three"}) || !s.Public || s.Rate != 7 ||
		s.Share != 1 || s.Format != "json" || s.Level != slog.LevelWarn || !slices.Equal(s.NATS, []string{"nats://a:s3cr3t@h1"}) {
		t.Errorf("%+v", s)
	}
	line := 1
	for _, flag := range g.call.Selected().Flags[1:] {
		line++
		if got := listed(t, g, flag.Name); got.From != settings.InFile || got.Line != line {
			t.Errorf("%s is said to come from %+v, want line %d of the file", flag.Name, got, line)
		}
	}
	if got := listed(t, g, settings.FlagName); got.From != settings.Flag {
		t.Errorf("config: %+v", got)
	}
}

// TestPrecedenceOfSources removes the sources one after the other, for a text, a number, a
// boolean and a list.
func TestPrecedenceOfSources(t *testing.T) {
	path := file(t, "db = \"file\"\nrate = 2\npublic = true\nadmin = [\"f\", \"g\"]\n")
	args := []string{"--config", path, "--db", "flag", "--rate", "4", "--public=false", "--admin", "x"}
	check := func(from settings.Origin, db string, rate int, public bool, admin ...string) {
		t.Helper()
		g, err := parse(t, args...)
		if err != nil {
			t.Fatal(err)
		}
		if s := g.Serve; s.DB != db || s.Rate != rate || s.Public != public || !slices.Equal(s.Admin, admin) {
			t.Errorf("%s: %+v", from, s)
		}
		for _, name := range []string{"db", "rate", "public", "admin"} {
			if got := listed(t, g, name); got.From != from {
				t.Errorf("%s comes from %s, want %s", name, got.From, from)
			}
		}
	}
	for name, value := range map[string]string{"DB": "env", "RATE": "3", "PUBLIC": "false", "ADMIN": "e;f"} {
		t.Setenv("CLICKKY_TEST_"+name, value)
	}
	check(settings.Flag, "flag", 4, false, "x")
	args = args[:2]
	check(settings.Environment, "env", 3, false, "e", "f")
	for _, name := range []string{"DB", "RATE", "PUBLIC", "ADMIN"} {
		if err := os.Unsetenv("CLICKKY_TEST_" + name); err != nil {
			t.Fatal(err)
		}
	}
	check(settings.InFile, "file", 2, true, "f", "g")
	args = nil
	check(settings.Default, "", 20, false)
}

func TestFileServesAllCommands(t *testing.T) {
	path := file(t, "db = \"file\"\nrate = 2\n")
	t.Setenv("CLICKKY_TEST_CONFIG", path)
	g, err := parse(t, "show")
	if err != nil || g.Show.DB != "file" || g.Show.Top != 3 {
		t.Errorf("%+v, %v", g.Show, err)
	}
	if _, err := parse(t, "show", "--config", file(t, "top = 4\n")); err == nil || !strings.Contains(err.Error(), "line 1: unknown setting") {
		t.Errorf("a setting of another command: %v", err)
	}
	// Nobody reads the file of a command that takes none.
	t.Setenv("CLICKKY_TEST_CONFIG", "/no/such")
	if _, err := parse(t, "version"); err != nil {
		t.Error(err)
	}
	if _, err := parse(t, "show"); err == nil {
		t.Error("a missing file is not told of")
	}
}

func TestFileErrorsNameLine(t *testing.T) {
	for text, says := range map[string]string{
		"\nsped = 1\n":                        "line 2: unknown setting \"sped\"",
		"[server]\nrate = 1\n":                "line 1: unknown setting \"server\"",
		"[[server]]\nrate = 1\n":              "line 1: unknown setting \"server\"",
		"rate = 1\nserver.rate = 1\n":         "line 2: unknown setting \"server\"",
		"help = true\n":                       "line 1: unknown setting \"help\"",
		"config = \"other\"\n":                "line 1: a settings file can't name another",
		"every = 30\n":                        "line 1: every must be a duration in quotation marks",
		"every = \"soon\"\n":                  "line 1: every: expected duration",
		"admin = \"boss\"\n":                  "line 1: admin must be a list",
		"admin = [1]\n":                       "line 1: admin must be a list",
		"public = \"yes\"\n":                  "line 1: public must be true or false",
		"rate = \"7\"\n":                      "line 1: rate must be a whole number",
		"rate = 7.5\n":                        "line 1: rate must be a whole number",
		"rate = [7]\n":                        "line 1: rate must be a whole number",
		"share = \"1\"\n":                     "line 1: share must be a number",
		"format = \"xml\"\n":                  "line 1: format must be one of text, json",
		"level = 4\n":                         "line 1: level must be text",
		"level = \"loud\"\n":                  "line 1: level: ",
		"db = 2026-11-25\n":                   "line 1: db must be text",
		"db = \"s3cr3t\nrate = 1\n":           "line 1: invalid TOML",
		"db = \"s3cr3t\"\nrate = 1\nrate = 2": "line 3: invalid TOML: key rate is already defined",
		"db = s3cr3t\n":                       "line 1: invalid TOML",
		"db = \"x\\qs3cr3t\"\n":               "line 1: invalid TOML",
		"rate\n":                              "line 1: invalid TOML",
		"\"a\\nb\" = 1\n\"a\\nb\" = 1\n":      "line 2: invalid TOML: key a",
		"\"a\\nb\" = 1\n":                     "line 1: unknown setting \"a",
		"\xff\n":                              "line 1: invalid TOML",
	} {
		path := file(t, text)
		_, err := parse(t, "--config", path)
		if err == nil || !strings.Contains(err.Error(), path+", "+says) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%q: %v, want one sentence with %q", text, err, says)
		}
	}
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "none"), dir, file(t, "")} {
		if _, err := parse(t, "--config", path); err == nil || strings.Count(err.Error(), path) != 1 {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestPasswordIsMasked(t *testing.T) {
	for in, want := range map[string]string{
		"mysql://alice:s3cr3t@db:3306/game?tls=true": "mysql://alice:***@db:3306/game?tls=true",
		"mysql://alice:s3c@r3t@db/game":              "mysql://alice:***@db/game",
		"alice:s3cr3t@tcp(db:3306)/game":             "alice:***@tcp(db:3306)/game",
		"alice:a://s3c@r3t@tcp(db)/game":             "alice:***@tcp(db)/game",
		"mysql://alice@db/game":                      "mysql://alice@db/game",
		"alice@tcp(db)/game":                         "alice@tcp(db)/game",
		"mysql://db:3306/game":                       "mysql://db:3306/game",
		"mysql://alice:s3cr3t":                       "***",
		"alice:s3cr3t":                               "***",
		"alice:s3cr3t/game":                          "***",
		"postgres://alice:s3cr3t@db/game":            "***",
	} {
		g, err := parse(t, "--db", in)
		if err != nil {
			t.Fatal(err)
		}
		if got := listed(t, g, "db").Value; got != want {
			t.Errorf("%s is shown as %v, want %s", in, got, want)
		}
	}
	// What is not marked as a secret may be one of the other kind of URL.
	for in, want := range map[string]string{
		"nats://a:s3cr3t@h1:4222":                "nats://a:***@h1:4222",
		"nats://s3cr3t@h1:4222":                  "nats://***@h1:4222",
		"nats://a:s3,c@h1, tls://b:s3c@r3t@h2/x": "nats://a:***@h1, tls://b:***@h2/x",
		"ssh-ed25519 AAAA alice@laptop":          "ssh-ed25519 AAAA alice@laptop",
		"https://h1:4222/x":                      "https://h1:4222/x",
	} {
		g, err := parse(t, "--nats", strings.ReplaceAll(in, ",", `\,`))
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := listed(t, g, "nats").Value.([]string); !ok || !slices.Equal(got, []string{want}) {
			t.Errorf("%s is shown as %q, want %q", in, got, want)
		}
	}
}

func TestFileReportsModeAndSecret(t *testing.T) {
	for text, secret := range map[string]bool{
		"db = \"mysql://a:b@c/d\"\n": true, "nats = [\"x\", \"nats://a:b@c\"]\n": true, "db = \"mysql://a@c/d\"\nadmin = [\"a\"]\nrate = 1\n": false, "# nothing": false,
	} {
		for mode, open := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true} {
			path := file(t, text)
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			g, err := parse(t, "--config", path)
			if err != nil {
				t.Fatal(err)
			}
			if f := g.file; f.Open != open || f.HoldsSecret(g.call.Selected().Flags) != secret {
				t.Errorf("%q with mode %o: open %v, secret %v", text, mode, f.Open, f.HoldsSecret(g.call.Selected().Flags))
			}
		}
	}
}

func TestChangedNamesSettings(t *testing.T) {
	was, err := parse(t, "--config", file(t, "rate = 1\nadmin = [\"a\"]\n"))
	if err != nil {
		t.Fatal(err)
	}
	now, err := parse(t, "--config", file(t, "rate = 2\nadmin = [\"a\"]\npublic = true\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := settings.Changed(was.call.Selected().Flags, now.call.Selected().Flags)
	if !slices.Equal(got, []string{"config", "public", "rate"}) {
		t.Errorf("changed: %v", got)
	}
}

// FuzzFile reads any file: it ends in one sentence that names the file, or in settings that
// can be listed. Passwords show nowhere.
func FuzzFile(f *testing.F) {
	for _, seed := range []string{
		"db = \"mysql://a:PASSWORD@h/d\"", "db = 'a:PASSWORD@tcp(h)/d'\nrate = 1", "db = \"\"\"\nPASSWORD\"\"\"", "nats = [\"nats://PASSWORD@h\"]",
		"db = \"PASSWORD", "admin = [", "a.b.c = 1", "[a]\n[a]", "\"\" = 1", "every = 1979-05-27T07:32:00Z", "db = \"x\" # \x00", "rate = 0x_1", "'db' = \"x\"", "db = 'a:PASSWORD'",
	} {
		f.Add(seed)
	}
	const secret = "Xk9qZw4"
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ReplaceAll(text, secret, "")
		path := file(t, strings.ReplaceAll(text, "PASSWORD", secret))
		g, err := parse(t, "--config", path)
		if err != nil {
			if strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), path) {
				t.Errorf("%q: %q", text, err)
			}
			// A key is named; and what is no TOML does not tell key from value.
			if strings.Contains(err.Error(), secret) && !strings.Contains(err.Error(), "no setting") && !strings.Contains(err.Error(), "key ") {
				t.Errorf("%q: the error tells the password: %q", text, err)
			}
			return
		}
		if _, err := json.Marshal(settings.List(g.call, g.file, g.call.Selected().Flags)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	})
}

// FuzzPasswordIsMasked writes passwords of all kinds into both forms of a database's address.
func FuzzPasswordIsMasked(f *testing.F) {
	for _, seed := range []string{"", "/", "@", ":", "?b=c", "#", "%zz", "12/34", "@tcp(x)/", "(", ")/x?y=", "://b", "x://", ",nats://"} {
		f.Add(seed)
	}
	const secret = "Xk9q"
	f.Fuzz(func(t *testing.T, password string) {
		for _, db := range []string{
			"mysql://alice:" + secret + password + secret + "@db:3306/game", "alice:" + secret + password + secret + "@tcp(db:3306)/game",
		} {
			g, err := parse(t, "--db="+db)
			if err != nil {
				return
			}
			if shown, ok := listed(t, g, "db").Value.(string); !ok || strings.Contains(shown, secret) {
				t.Errorf("%q is shown as %q", db, shown)
			}
		}
	})
}
