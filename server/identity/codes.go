package identity

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"time"
)

// CodeTTL is how long a code is valid.
const CodeTTL = 10 * time.Minute

// codeLength is the number of characters of a code: 60 random bits.
const codeLength = 12

// ErrBadCode means that a code is unknown, used or expired.
var ErrBadCode = errors.New("the code is unknown, used or expired")

// Grant is what a code grants: a name, on behalf of one of its keys.
type Grant struct {
	Name Name
	By   Fingerprint
}

// Codes are one-time codes by which the owner of a name adds another key. Each name has at most
// one, valid for CodeTTL. They are safe for concurrent use. Errors other than ErrBadCode mean that
// the codes are unavailable.
type Codes interface {
	// New creates a code. It replaces the name's previous one.
	New(ctx context.Context, g Grant) (string, error)
	// Redeem uses up a code, as it was typed. It returns ErrBadCode if the code isn't valid.
	Redeem(ctx context.Context, code string) (Grant, error)
}

// MemoryCodes are the Codes of a single server, kept in memory.
type MemoryCodes struct {
	mu     sync.Mutex
	grants map[string]storedGrant // by code
	codes  map[Name]string
}

type storedGrant struct {
	Grant

	expires time.Time
}

// NewCodes returns an empty MemoryCodes.
func NewCodes() *MemoryCodes {
	return &MemoryCodes{grants: make(map[string]storedGrant), codes: make(map[Name]string)}
}

// GenerateCode returns a random code, as it is stored and as it is shown.
func GenerateCode() (code, shown string) {
	code = strings.ToLower(rand.Text()[:codeLength])
	return code, code[:4] + "-" + code[4:8] + "-" + code[8:]
}

// NormalizeCode returns the stored form of a typed code: dashes and capitals don't matter.
func NormalizeCode(code string) string { return strings.ToLower(strings.ReplaceAll(code, "-", "")) }

// New implements Codes. It never fails.
func (c *MemoryCodes) New(_ context.Context, g Grant) (string, error) {
	code, shown := GenerateCode()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.removeExpired()
	delete(c.grants, c.codes[g.Name])
	c.codes[g.Name] = code
	c.grants[code] = storedGrant{g, time.Now().Add(CodeTTL)}
	return shown, nil
}

// Redeem implements Codes.
func (c *MemoryCodes) Redeem(_ context.Context, code string) (Grant, error) {
	code = NormalizeCode(code)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.removeExpired()
	g, ok := c.grants[code]
	if !ok {
		return Grant{}, ErrBadCode
	}
	c.remove(code, g)
	return g.Grant, nil
}

// removeExpired removes expired codes. The mutex is held.
func (c *MemoryCodes) removeExpired() {
	now := time.Now()
	for code, g := range c.grants {
		if !now.Before(g.expires) {
			c.remove(code, g)
		}
	}
}

func (c *MemoryCodes) remove(code string, g storedGrant) {
	delete(c.grants, code)
	delete(c.codes, g.Name)
}

// ParseCode reports whether a login name is a code, and returns it. A code starts with a plus sign,
// which no name contains.
func ParseCode(login string) (code string, ok bool) {
	code, ok = strings.CutPrefix(login, "+")
	return code, ok && len(code) <= 2*codeLength
}
