package mysql

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestParseURL(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ in, describe, user, password string }{
		{"mysql://alice:pw@db.example:3307/game", "mysql://alice@db.example:3307/game", "alice", "pw"},
		{"MySQL://alice:pw@db.example/game", "mysql://alice@db.example:3306/game", "alice", "pw"},
		{"mysql://db/game", "mysql://db:3306/game", "", ""},
		{"mysql://alice@[::1]/game", "mysql://alice@[::1]:3306/game", "alice", ""},
		{"mysql://alice:p%40%2F%3A%3F%23%25@db/game", "mysql://alice@db:3306/game", "alice", "p@/:?#%"},
		{"mysql://a%20b:p@w@db/my%20game", "mysql://a%20b@db:3306/my%20game", "a b", "p@w"},
		{"alice:pw@tcp(db.example:3307)/game", "mysql://alice@db.example:3307/game", "alice", "pw"},
		{"alice:p@:/w@tcp(db.example)/game?tls=true", "mysql://alice@db.example:3306/game", "alice", "p@:/w"},
		{"alice:a://b@tcp(db)/game", "mysql://alice@db:3306/game", "alice", "a://b"},
		{"alice@unix(/run/mysqld/mysqld.sock)/game", "mysql://alice@/game (unix /run/mysqld/mysqld.sock)", "alice", ""},
		{"/game", "mysql://127.0.0.1:3306/game", "", ""},
	} {
		cfg, err := ParseURL(test.in)
		if err != nil {
			t.Errorf("ParseURL(%q): %v", test.in, err)
			continue
		}
		if got := cfg.String(); got != test.describe {
			t.Errorf("ParseURL(%q) is %q, want %q", test.in, got, test.describe)
		}
		if cfg.driver.User != test.user || cfg.driver.Passwd != test.password {
			t.Errorf("ParseURL(%q) has user %q, password %q", test.in, cfg.driver.User, cfg.driver.Passwd)
		}
	}
}

func TestParseURLRejects(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t"
	for in, says := range map[string]string{
		"":                                                "is empty",
		"mysql://alice:s3cr3t@db":                         "has no database name",
		"mysql://alice:s3cr3t@db/":                        "has no database name",
		"mysql://alice:s3cr3t@/game":                      "has no host",
		"mysql:///game":                                   "has no host",
		"mysql://alice:s3cr3t/x@db/game":                  "%2F",
		"mysql://alice:12/s3cr3t@db":                      "%2F",
		"mysql://alice:s3cr3t#x@db/game":                  "%23",
		"mysql://alice:s3cr3t?x@db/game":                  "%3F",
		"mysql://alice:s3cr3t%zz@db/game":                 "%25",
		"mysql://alice:s3cr3t@db:port/game":               "doesn't look like",
		"mysql://alice:s3cr3t@db:0/game":                  "doesn't look like",
		"mysql://alice:s3cr3t@db:70000/game":              "doesn't look like",
		"mysql://alice:s3cr3t@db/game/more":               "doesn't look like",
		"postgres://alice:s3cr3t@db/game":                 "postgres://",
		"alice:s3cr3t@tcp(db:3306)":                       "neither a URL",
		"alice:s3cr3t@tcp(db:3306)/":                      "has no database name",
		"alice:s3cr3t@tcp(db:3306/game":                   "neither a URL",
		"alice:x/s3cr3t@tcp(db:3306)":                     "neither a URL",
		"game":                                            "neither a URL",
		"mysql://alice:s3cr3t@db/game?timeout=soon":       `"timeout"`,
		"mysql://alice:s3cr3t@db/game?parseTime=perhaps":  `"parseTime"`,
		"mysql://alice:s3cr3t@db/game?tls=nonesuch":       `"tls"`,
		"mysql://alice:s3cr3t@db/game?tls":                "no value",
		"mysql://alice:s3cr3t@db/game?sslmode=require":    "tls=true",
		"mysql://alice:s3cr3t@db/game?strict=true":        "always strict",
		"alice:s3cr3t@tcp(db)/game?tls=true&readTimeout=": "no value",
		"mysql://alice:s3cr3t@db/game?a=%zz":              "%25",
		"mysql://::/game":                                 "doesn't look like",
		"mysql://alice:12/a?s3cr3t=1@db/game":             "doesn't look like",
		"alice:12/a?s3cr3t@tcp(db)":                       "neither a URL",
	} {
		cfg, err := ParseURL(in)
		if err == nil {
			t.Errorf("ParseURL(%q) is %q, want an error", in, cfg)
			continue
		}
		if !strings.Contains(err.Error(), says) {
			t.Errorf("ParseURL(%q): %q does not say %q", in, err, says)
		}
		if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "\n") {
			t.Errorf("ParseURL(%q): %q is not one sentence without the password", in, err)
		}
	}
}

func TestParseURLSetsDefaults(t *testing.T) {
	t.Parallel()
	bare, err := ParseURL("mysql://db/game")
	if err != nil {
		t.Fatal(err)
	}
	if d := bare.driver; d.Timeout != dialTimeout || d.ReadTimeout != readTimeout || d.WriteTimeout != writeTimeout {
		t.Errorf("timeouts are %v, %v, %v", d.Timeout, d.ReadTimeout, d.WriteTimeout)
	}
	if d := bare.driver; d.RejectReadOnly || !d.InterpolateParams || d.Params["sql_mode"] != sqlMode {
		t.Errorf("rejectReadOnly %v, interpolateParams %v, sql_mode %s", d.RejectReadOnly, d.InterpolateParams, d.Params["sql_mode"])
	}
	if !strings.Contains(bare.driver.FormatDSN(), "charset=utf8mb4") {
		t.Errorf("the DSN is %s, without charset=utf8mb4", bare.driver.FormatDSN())
	}

	given, err := ParseURL("mysql://db/game?timeout=1s&readTimeout=2s&writeTimeout=3s&interpolateParams=false" +
		"&innodb_lock_wait_timeout=4&charset=latin1&sql_mode=''&maxAllowedPacket=5000&time_zone=%27%2B01%3A00%27")
	if err != nil {
		t.Fatal(err)
	}
	d := given.driver
	if d.Timeout != time.Second || d.ReadTimeout != 2*time.Second || d.WriteTimeout != 3*time.Second {
		t.Errorf("given timeouts became %v, %v, %v", d.Timeout, d.ReadTimeout, d.WriteTimeout)
	}
	if d.InterpolateParams || d.MaxAllowedPacket != 5000 || d.Params["innodb_lock_wait_timeout"] != "4" ||
		d.Params["time_zone"] != "'+01:00'" {
		t.Errorf("given parameters became %s", d.FormatDSN())
	}
	// The operator can't choose what would lose data.
	if d.Params["sql_mode"] != sqlMode || !strings.Contains(d.FormatDSN(), "charset=utf8mb4") {
		t.Errorf("sql_mode %s in %s", d.Params["sql_mode"], d.FormatDSN())
	}
}

// TestTLSServerNameIsHost matters because the driver fills in the name that the certificate is
// checked against, and must not take it from another address.
func TestTLSServerNameIsHost(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"mysql://db.example/game?tls=true", "u:p@tcp(db.example)/game?tls=true"} {
		cfg, err := ParseURL(in)
		if err != nil {
			t.Fatal(err)
		}
		if cfg.driver.TLS != nil || cfg.driver.TLSConfig != "true" {
			t.Errorf("%s: TLS %v, tls=%s", in, cfg.driver.TLS, cfg.driver.TLSConfig)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	for _, seed := range []string{
		"mysql://alice:pw@db.example:3307/game?tls=true", "alice:pw@tcp(db:3306)/game?charset=utf8mb4",
		"mysql://%zz", "mysql://a:b@[::1/x", "alice:p/w@tcp(db)", "a://b", "@/", "mysql://x/?strict=1",
		"u@unix(/s)/d", "mysql:///", "/d?loc=x%zz", "mysql://h/d?a=1&a=2&&b=%20", "mysql://h:99999/d",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		cfg, err := ParseURL(in)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has several lines: %q", err)
			}
			return
		}
		d := cfg.driver
		if d.DBName == "" || d.Addr == "" || d.Timeout <= 0 || d.ReadTimeout <= 0 || d.WriteTimeout <= 0 {
			t.Errorf("ParseURL(%q) is not complete: %q", in, d.FormatDSN())
		}
		again, err := ParseURL(cfg.String())
		if strings.HasPrefix(in, "mysql://") && (err != nil || again.String() != cfg.String()) {
			t.Errorf("ParseURL(%q) describes itself as %q: %v", in, cfg, err)
		}
	})
}

// FuzzPasswordStaysSecret writes passwords of all kinds into both forms, escaped and
// unescaped.
func FuzzPasswordStaysSecret(f *testing.F) {
	for _, seed := range []string{"a/b", "a@b", "a:b", "a?b=c", "a#b", "a%zz", "12/34", "/", "@tcp(x)/", "(", ")/x?y=", "a://b"} {
		f.Add(seed, "/game")
		f.Add(seed, "")
		f.Add(seed, "/game?tls=maybe")
	}
	f.Fuzz(func(t *testing.T, password, rest string) {
		const secret = "Xk9q-secret-Zw4"
		password = secret + password + secret
		if strings.Contains(rest, secret) {
			return
		}
		for _, in := range []string{
			"mysql://alice:" + password + "@db:3306" + rest,
			"mysql://alice:" + url.QueryEscape(password) + "@db:3306" + rest,
			"alice:" + password + "@tcp(db:3306)" + rest,
		} {
			cfg, err := ParseURL(in)
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("ParseURL(%q): %q", in, err)
			}
			if err == nil && strings.Contains(cfg.String(), secret) {
				t.Errorf("ParseURL(%q) describes itself as %q", in, cfg)
			}
		}
	})
}
