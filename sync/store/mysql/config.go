package mysql

import (
	"cmp"
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

// Limits that the driver lacks. A lock times out earlier than the read: a statement that waits for
// a lock doesn't notice that its client is gone, and would keep the transaction's other locks.
const (
	dialTimeout  = 5 * time.Second
	readTimeout  = 15 * time.Second
	writeTimeout = 15 * time.Second
	lockTimeout  = 10 * time.Second
)

// idleTimeout is when the server closes an idle connection. Otherwise a machine that lost power
// during a Save would keep its locks for hours, and nobody could save.
const idleTimeout = time.Minute

// sqlMode makes the server reject values that it would otherwise truncate, and keep an ID of 0
// instead of assigning a new one. It leaves out NO_BACKSLASH_ESCAPES and ANSI_QUOTES on purpose.
const sqlMode = "'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION'"

const example = "mysql://user:password@host:3306/name"

// Config says how to connect to a database. Make one with ParseURL. It is safe to print: String
// omits the password.
type Config struct {
	driver *driver.Config
}

// ParseURL parses a URL like mysql://user:password@host:3306/name?tls=true, or a DSN of
// github.com/go-sql-driver/mysql, such as user:password@tcp(host:3306)/name. The default port is
// 3306, and parameters are the driver's. It doesn't connect.
//
// The error is one sentence for the operator and never contains the password.
func ParseURL(s string) (*Config, error) {
	var base *driver.Config
	var params string
	var err error
	switch scheme, _, isURL := strings.Cut(s, "://"); {
	case s == "":
		return nil, errors.New("the database URL is empty; write it as " + example)
	case isURL && strings.EqualFold(scheme, "mysql"):
		base, params, err = parseURL(s)
	case isURL && isScheme(scheme):
		return nil, fmt.Errorf("the database URL starts with %s://, which isn't supported; write it as %s", scheme, example)
	default:
		base, params, err = parseDSN(s)
	}
	switch {
	case err != nil:
		return nil, err
	case base.DBName == "":
		return nil, errors.New("the database URL has no database name; write it as " + example)
	}
	cfg, err := parseParams(params)
	if err != nil {
		return nil, err
	}
	cfg.User, cfg.Passwd, cfg.Net, cfg.Addr, cfg.DBName = base.User, base.Passwd, base.Net, base.Addr, base.DBName
	return &Config{driver: cfg}, nil
}

// isScheme distinguishes a foreign URL from a DSN whose password contains "://".
func isScheme(s string) bool {
	return len(s) <= 16 && !strings.ContainsFunc(s, func(r rune) bool { return r < 'a' || r > 'z' })
}

// errNotURL is returned if the parts of a URL can't be told apart. The errors of url.Parse quote
// the input, which may be the password.
var errNotURL = errors.New("the database URL doesn't look like " + example +
	"; in the password, write @ as %40, / as %2F, : as %3A, ? as %3F, # as %23 and % as %25")

// parseURL returns what a URL says, without its parameters, and the parameters.
func parseURL(s string) (base *driver.Config, params string, err error) {
	u, err := url.Parse(s)
	if err != nil || u.Opaque != "" || u.Fragment != "" || strings.Contains(s, "#") {
		return nil, "", errNotURL
	}
	// An unescaped password shows up in other parts.
	name := strings.TrimPrefix(u.EscapedPath(), "/")
	if strings.ContainsAny(name, "/@:") || strings.Contains(u.RawQuery, "@") {
		return nil, "", errNotURL
	}
	if strings.Contains(u.Hostname(), ":") {
		if _, err := netip.ParseAddr(u.Hostname()); err != nil {
			return nil, "", errNotURL
		}
	}
	if u.Hostname() == "" {
		return nil, "", errors.New("the database URL has no host; write it as " + example)
	}
	port := cmp.Or(u.Port(), "3306")
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return nil, "", errNotURL
	}
	base = driver.NewConfig()
	if base.DBName, err = url.PathUnescape(name); err != nil {
		return nil, "", errNotURL
	}
	base.User = u.User.Username()
	base.Passwd, _ = u.User.Password()
	base.Net, base.Addr = "tcp", net.JoinHostPort(u.Hostname(), port)
	return base, u.RawQuery, nil
}

var errNotDSN = errors.New("the database is neither a URL like " + example +
	" nor a DSN like user:password@tcp(host:3306)/name")

// parseDSN is parseURL for a DSN.
func parseDSN(s string) (base *driver.Config, params string, err error) {
	slash := strings.LastIndexByte(s, '/')
	if slash < 0 {
		return nil, "", errNotDSN
	}
	name, params, _ := strings.Cut(s[slash+1:], "?")
	// The driver's own errors may quote the password.
	base, err = driver.ParseDSN(s[:slash+1] + name)
	if err != nil {
		return nil, "", errNotDSN
	}
	// The rest of a password with a slash, if no database is named.
	if strings.ContainsAny(name, "@():") || strings.Contains(params, "@") {
		return nil, "", errNotDSN
	}
	return base, params, nil
}

// foreignParams are other clients' names for tls. The driver would treat them as system variables
// and fail at every connection.
var foreignParams = []string{"ssl", "sslmode", "ssl-mode", "usessl", "sslaccept"}

// parseParams parses the parameters one by one, so that it can name the invalid one, and adds those
// that Clickky needs. It only names known parameters: others may be part of a password.
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
	// The driver just made a TLS configuration for the wrong address; without one, it makes the
	// right one when it connects.
	cfg.TLS = nil
	setDefaults(cfg, given)
	return cfg, cfg.Apply(driver.Charset("utf8mb4", ""))
}

// setDefaults makes sure that a connection can't hang, corrupt names, or store truncated values.
func setDefaults(cfg *driver.Config, given map[string]bool) {
	cfg.Timeout = cmp.Or(max(cfg.Timeout, 0), dialTimeout)
	cfg.ReadTimeout = cmp.Or(max(cfg.ReadTimeout, 0), readTimeout)
	cfg.WriteTimeout = cmp.Or(max(cfg.WriteTimeout, 0), writeTimeout)
	// The driver would hide the reason. Store.wrap replaces the connections after a primary was
	// demoted, so that a new one may find its successor.
	cfg.RejectReadOnly = false
	// An UPDATE must report whether it found its row, not whether the row differed.
	cfg.ClientFoundRows = true
	// Saves a round trip for each statement. This is safe because the connection always uses
	// utf8mb4, where no character contains a quote.
	if !given["interpolateParams"] {
		cfg.InterpolateParams = true
	}
	// goose's table contains times.
	cfg.ParseTime = true
	if cfg.Params == nil {
		cfg.Params = map[string]string{}
	}
	cfg.Params["sql_mode"] = sqlMode
	// Independent of the server's defaults: statements outside a transaction are committed at once,
	// and a takeover may change a whole table.
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

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// String returns the URL without the password, as mysql://user@host:3306/name.
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
