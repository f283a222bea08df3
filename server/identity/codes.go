package identity

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"time"
)

// CodeTTL is how long a code is good for.
const CodeTTL = 10 * time.Minute

// codeLength is how many letters a code has: 60 bits of chance.
const codeLength = 12

// ErrBadCode means that a code is not, or no longer, good for anything.
var ErrBadCode = errors.New("the code is unknown, used or expired")

// Grant is what a code gives: a name, by the word of one of its keys.
type Grant struct {
	Name Name
	By   Fingerprint
}

// Codes are one-time codes by which the owner of a name lets in another key, one for
// each name, good for CodeTTL. They are safe for concurrent use. What fails, but for
// ErrBadCode, fails because they cannot be reached just now.
type Codes interface {
	// New makes a code, which takes the place of an earlier one of that name.
	New(ctx context.Context, g Grant) (string, error)
	// Redeem uses a code up, as it was typed. The error is ErrBadCode when it is not
	// good.
	Redeem(ctx context.Context, code string) (Grant, error)
}

// MemoryCodes are Codes of one server, which it forgets when it ends.
type MemoryCodes struct {
	mu     sync.Mutex
	grants map[string]grant // by code
	codes  map[Name]string
}

type grant struct {
	Grant

	until time.Time
}

// NewCodes returns no codes.
func NewCodes() *MemoryCodes {
	return &MemoryCodes{grants: make(map[string]grant), codes: make(map[Name]string)}
}

// DrawCode draws a code, and returns it as it is kept and as it is shown.
func DrawCode() (code, shown string) {
	code = strings.ToLower(rand.Text()[:codeLength])
	return code, code[:4] + "-" + code[4:8] + "-" + code[8:]
}

// TypedCode is a code as it is kept: dashes and capitals in it do not matter.
func TypedCode(code string) string { return strings.ToLower(strings.ReplaceAll(code, "-", "")) }

// New implements Codes. It never fails.
func (c *MemoryCodes) New(_ context.Context, g Grant) (string, error) {
	code, shown := DrawCode()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget()
	delete(c.grants, c.codes[g.Name])
	c.codes[g.Name] = code
	c.grants[code] = grant{g, time.Now().Add(CodeTTL)}
	return shown, nil
}

// Redeem implements Codes.
func (c *MemoryCodes) Redeem(_ context.Context, code string) (Grant, error) {
	code = TypedCode(code)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget()
	g, ok := c.grants[code]
	if !ok {
		return Grant{}, ErrBadCode
	}
	c.drop(code, g)
	return g.Grant, nil
}

// forget drops what is too old. The mutex is held.
func (c *MemoryCodes) forget() {
	now := time.Now()
	for code, g := range c.grants {
		if !now.Before(g.until) {
			c.drop(code, g)
		}
	}
}

func (c *MemoryCodes) drop(code string, g grant) {
	delete(c.grants, code)
	delete(c.codes, g.Name)
}

// ParseCode tells whether a login name is a code, and which: a plus sign and
// the code, which no player's name can be.
func ParseCode(login string) (code string, ok bool) {
	code, ok = strings.CutPrefix(login, "+")
	return code, ok && len(code) <= 2*codeLength
}
