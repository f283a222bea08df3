package identity_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"clickky/server/identity"
)

// codes are some that always can be reached.
type codes struct {
	t *testing.T
	identity.Codes
}

func (c codes) New(g identity.Grant) string {
	c.t.Helper()
	code, err := c.Codes.New(c.t.Context(), g)
	if err != nil {
		c.t.Fatal(err)
	}
	return code
}

func (c codes) Redeem(code string) (identity.Grant, error) {
	return c.Codes.Redeem(c.t.Context(), code)
}

func TestCodeWorksOnce(t *testing.T) {
	c := codes{t, identity.NewCodes()}
	alice := identity.Grant{Name: name(t, "alice"), By: "SHA256:k"}
	code := c.New(alice)
	if _, err := c.Redeem(code[:len(code)-1]); !errors.Is(err, identity.ErrBadCode) {
		t.Errorf("a part of the code: %v", err)
	}
	if got, err := c.Redeem(strings.ToUpper(strings.ReplaceAll(code, "-", ""))); err != nil || got != alice {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := c.Redeem(code); !errors.Is(err, identity.ErrBadCode) {
		t.Errorf("the second time: %v", err)
	}
}

func TestCodeNewReplacesOld(t *testing.T) {
	c := codes{t, identity.NewCodes()}
	alice, bob := identity.Grant{Name: name(t, "alice")}, identity.Grant{Name: name(t, "bob")}
	old, bobs, code := c.New(alice), c.New(bob), c.New(alice)
	if _, err := c.Redeem(old); !errors.Is(err, identity.ErrBadCode) {
		t.Errorf("the old one: %v", err)
	}
	for code, want := range map[string]identity.Grant{code: alice, bobs: bob} {
		if got, err := c.Redeem(code); err != nil || got != want {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

func TestCodeExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := codes{t, identity.NewCodes()}
		early, late := c.New(identity.Grant{Name: name(t, "alice")}), ""
		time.Sleep(identity.CodeTTL - time.Second)
		late = c.New(identity.Grant{Name: name(t, "bob")})
		time.Sleep(time.Second)
		if _, err := c.Redeem(early); !errors.Is(err, identity.ErrBadCode) {
			t.Errorf("after %v: %v", identity.CodeTTL, err)
		}
		if _, err := c.Redeem(late); err != nil {
			t.Errorf("after a second: %v", err)
		}
	})
}

func TestCodeIsNeverName(t *testing.T) {
	for login, want := range map[string]string{"+abcd-efgh-ijkl": "abcd-efgh-ijkl", "+": ""} {
		if got, ok := identity.ParseCode(login); !ok || got != want {
			t.Errorf("ParseCode(%q) = %q, %v", login, got, ok)
		}
		if _, err := identity.ParseName(login); err == nil {
			t.Errorf("%q is a name as well", login)
		}
	}
	for _, login := range []string{"alice", "", "a+b", "+" + strings.Repeat("x", 10_000)} {
		if code, ok := identity.ParseCode(login); ok {
			t.Errorf("ParseCode(%.20q) = %q", login, code)
		}
	}
}
