package mysql

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"
)

// What the driver would leave unlimited. A lock is given up earlier than the
// read: a statement that still waits for a lock does not notice that its
// client has gone, and would hold its transaction's other locks meanwhile.
const (
	dialTimeout  = 5 * time.Second
	readTimeout  = 15 * time.Second
	writeTimeout = 15 * time.Second
	lockTimeout  = 10 * time.Second
)

// idleTimeout is when the server gives up a connection on which nothing is
// asked. A machine that lost its power in the middle of a Save would otherwise
// keep the locks of it for hours, and with them everybody else from saving.
const idleTimeout = time.Minute

// sqlMode has the server refuse what it would otherwise store cut short or
// clipped, and keep an id of 0 instead of handing out a new one. It leaves out
// NO_BACKSLASH_ESCAPES and ANSI_QUOTES on purpose.
const sqlMode = "'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION'"

const example = "mysql://user:password@host:3306/name"

// Config says how to reach one database. It comes out of ParseURL and is safe
// to print: String leaves the password out.
type Config struct {
	driver *driver.Config
}

// ParseURL reads either a URL like mysql://user:password@host:3306/name?tls=true
// or the DSN form of github.com/go-sql-driver/mysql, such as
// user:password@tcp(host:3306)/name. The port is 3306 unless given, and
// parameters after ? are the driver's. It does not connect.
//
// The error is one sentence for the operator and never repeats the password.
func ParseURL(s string) (*Config, error) {
	var cfg *driver.Config
	var err error
	switch scheme, _, isURL := strings.Cut(s, "://"); {
	case s == "":
		return nil, errors.New("the database URL is empty; write it as " + example)
	case isURL && strings.EqualFold(scheme, "mysql"):
		cfg, err = parseURL(s)
	case isURL && isScheme(scheme):
		return nil, fmt.Errorf("the database URL starts with %s://, which isn't supported; write it as %s", scheme, example)
	default:
		cfg, err = parseDSN(s)
	}
	if err != nil {
		return nil, err
	}
	return &Config{driver: cfg}, nil
}

// isScheme tells a foreign URL from a DSN whose password contains "://".
func isScheme(s string) bool {
	return len(s) <= 16 && !strings.ContainsFunc(s, func(r rune) bool { return r < 'a' || r > 'z' })
}

// errNotURL stands for every way in which the parts of a URL cannot be told
// apart. What url.Parse says quotes its input, which may be the password.
var errNotURL = errors.New("the database URL doesn't look like " + example +
	"; in the password, write @ as %40, / as %2F, : as %3A, ? as %3F, # as %23 and % as %25")

func parseURL(s string) (*driver.Config, error) {
	u, err := url.Parse(s)
	if err != nil || u.Opaque != "" || u.Fragment != "" || strings.Contains(s, "#") {
		return nil, errNotURL
	}
	// A password that is not escaped shows up in any other part.
	name := strings.TrimPrefix(u.EscapedPath(), "/")
	if strings.ContainsAny(name, "/@:") || strings.Contains(u.RawQuery, "@") {
		return nil, errNotURL
	}
	if strings.Contains(u.Hostname(), ":") {
		if _, err := netip.ParseAddr(u.Hostname()); err != nil {
			return nil, errNotURL
		}
	}
	if u.Hostname() == "" {
		return nil, errors.New("the database URL has no host; write it as " + example)
	}
	port := u.Port()
	if port == "" {
		port = "3306"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return nil, errNotURL
	}
	if name == "" {
		return nil, errNoName
	}
	cfg, err := parseParams(u.RawQuery)
	if err != nil {
		return nil, err
	}
	if cfg.DBName, err = url.PathUnescape(name); err != nil {
		return nil, errNotURL
	}
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	cfg.Net, cfg.Addr = "tcp", net.JoinHostPort(u.Hostname(), port)
	return cfg, nil
}

var (
	errNotDSN = errors.New("the database is neither a URL like " + example +
		" nor a DSN like user:password@tcp(host:3306)/name")
	errNoName = errors.New("the database URL has no database name; write it as " + example)
)

func parseDSN(s string) (*driver.Config, error) {
	slash := strings.LastIndexByte(s, '/')
	if slash < 0 {
		return nil, errNotDSN
	}
	name, params, _ := strings.Cut(s[slash+1:], "?")
	// The driver's own errors may quote the password.
	base, err := driver.ParseDSN(s[:slash+1] + name)
	if err != nil {
		return nil, errNotDSN
	}
	// What follows the slash in a password, if no database is named.
	if strings.ContainsAny(name, "@():") || strings.Contains(params, "@") {
		return nil, errNotDSN
	}
	if base.DBName == "" {
		return nil, errNoName
	}
	cfg, err := parseParams(params)
	if err != nil {
		return nil, err
	}
	cfg.User, cfg.Passwd, cfg.DBName = base.User, base.Passwd, base.DBName
	cfg.Net, cfg.Addr = base.Net, base.Addr
	return cfg, nil
}

// foreignParams are how other clients spell tls. The driver would take them
// for system variables and fail at every attempt to connect.
var foreignParams = []string{"ssl", "sslmode", "ssl-mode", "usessl", "sslaccept"}

// parseParams reads the parameters one by one, to name the one that is wrong,
// and adds those that Clickky needs and the operator did not set. It names none
// but those that are known by name: others may be a piece of a password.
func parseParams(query string) (*driver.Config, error) {
	given := map[string]bool{}
	for param := range strings.SplitSeq(query, "&") {
		key, value, found := strings.Cut(param, "=")
		switch {
		case param == "":
			continue
		case !found || value == "":
			return nil, errors.New("a parameter of the database URL has no value; write each as name=value")
		case slices.Contains(foreignParams, strings.ToLower(key)):
			return nil, fmt.Errorf("unknown database parameter %q; write tls=true, or tls=skip-verify for a self-signed certificate", key)
		case key == "strict": // the driver panics on it
			return nil, errors.New(`remove the database parameter "strict"; Clickky is always strict`)
		}
		if _, err := url.QueryUnescape(value); err != nil {
			return nil, errors.New("a parameter of the database URL has a % that doesn't start an escape; write it as %25")
		}
		if _, err := driver.ParseDSN("/?" + param); err != nil {
			return nil, fmt.Errorf("the database parameter %q has an invalid value", key)
		}
		given[key] = true
	}
	cfg, err := driver.ParseDSN("/?" + query)
	if err != nil {
		return nil, errNotDSN
	}
	// The driver has just made a TLS configuration for an address that is not
	// ours; without one it makes the right one when it connects.
	cfg.TLS = nil
	setDefaults(cfg, given)
	return cfg, cfg.Apply(driver.Charset("utf8mb4", ""))
}

// setDefaults makes the connection one that cannot hang, cannot lose letters of
// a name and cannot store what was not meant.
func setDefaults(cfg *driver.Config, given map[string]bool) {
	setDuration(&cfg.Timeout, dialTimeout)
	setDuration(&cfg.ReadTimeout, readTimeout)
	setDuration(&cfg.WriteTimeout, writeTimeout)
	// The driver would not say why: the pool itself is renewed when a primary was
	// demoted, so that a new connection may find its successor.
	cfg.RejectReadOnly = false
	// An UPDATE is asked whether it found its row, not whether the row was
	// different before.
	cfg.ClientFoundRows = true
	// Saves one round trip for each statement. It is safe because the
	// connection is always utf8mb4, where no letter contains a quote.
	if !given["interpolateParams"] {
		cfg.InterpolateParams = true
	}
	// The migrations' own table has times in it.
	cfg.ParseTime = true
	if cfg.Params == nil {
		cfg.Params = map[string]string{}
	}
	cfg.Params["sql_mode"] = sqlMode
	// Whatever the server's own defaults are: what is not in a transaction is committed
	// by itself, and a table may be changed as a whole when it is taken over.
	cfg.Params["autocommit"] = "1"
	cfg.Params["sql_safe_updates"] = "0"
	for variable, otherwise := range map[string]time.Duration{
		"innodb_lock_wait_timeout": lockTimeout,
		"wait_timeout":             idleTimeout,
	} {
		if !given[variable] {
			cfg.Params[variable] = seconds(otherwise)
		}
	}
}

func setDuration(d *time.Duration, otherwise time.Duration) {
	if *d <= 0 {
		*d = otherwise
	}
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// String describes the database without the password, as
// mysql://user@host:3306/name.
func (c *Config) String() string {
	u := url.URL{Scheme: "mysql", Host: c.driver.Addr, Path: "/" + c.driver.DBName}
	if c.driver.User != "" {
		u.User = url.User(c.driver.User)
	}
	if c.driver.Net != "tcp" {
		u.Host = ""
		return fmt.Sprintf("%s (%s %s)", u.String(), c.driver.Net, c.driver.Addr)
	}
	return u.String()
}
