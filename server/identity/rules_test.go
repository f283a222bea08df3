package identity_test

import (
	"errors"
	"testing"

	"clickky/server/identity"
	"clickky/sync/game"
)

func TestRulesAuthorizeNames(t *testing.T) {
	const (
		boss, squatter, hand = "SHA256:boss", "SHA256:squatter", "SHA256:hand"
		owner, second, other = "SHA256:owner", "SHA256:second", "SHA256:other"
		none                 = ""
	)
	admins, err := identity.ParseAdmins([]string{
		"SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", "kept", "system",
		"named=SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
	})
	if err != nil {
		t.Fatal(err)
	}
	const trusted identity.Fingerprint = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
	owned := map[string][]game.Key{
		"alice": {{Fingerprint: owner}, {Fingerprint: second}},
		"kept":  {{Fingerprint: squatter}, {Fingerprint: boss, Bound: true}},
		"named": {{Fingerprint: squatter}, {Fingerprint: hand, Bound: true}},
		"pi":    {{Fingerprint: boss, Bound: true}},
	}
	rules := identity.NewRules(admins, false, func(name string) []game.Key { return owned[name] })
	for _, c := range []struct {
		name   string
		key    identity.Fingerprint
		title  identity.Role
		claims bool
		kept   bool
		admin  bool
		err    error
	}{
		{name: "alice", key: owner, title: identity.Owner, claims: true},
		{name: "alice", key: second, title: identity.Owner, claims: true},
		{name: "alice", key: other, err: identity.ErrNotYours},
		{name: "alice", key: none, err: identity.ErrNotYours},
		{name: "alice", key: trusted, err: identity.ErrNotYours},
		{name: "bob", key: other, title: identity.Newcomer, claims: true},
		{name: "bob", key: none, title: identity.Guest},
		{name: "bob", key: trusted, title: identity.Newcomer, claims: true, admin: true},
		{name: "root", key: other, title: identity.Sharer},
		{name: "root", key: none, title: identity.Sharer},
		{name: "root", key: trusted, title: identity.Sharer, admin: true},
		{name: "pi", key: boss, title: identity.Owner, claims: true},
		{name: "pi", key: other, err: identity.ErrNotYours},
		{name: "pi", key: none, err: identity.ErrNotYours},
		{name: "kept", key: boss, title: identity.Owner, claims: true, kept: true, admin: true},
		{name: "kept", key: squatter, err: identity.ErrNotYours},
		{name: "kept", key: trusted, err: identity.ErrNotYours},
		{name: "kept", key: none, err: identity.ErrNotYours},
		{name: "system", key: other, err: identity.ErrNotYours},
		{name: "system", key: none, err: identity.ErrNotYours},
		{name: "named", key: trusted, title: identity.Owner, claims: true, kept: true, admin: true},
		{name: "named", key: hand, title: identity.Owner, claims: true, kept: true, admin: true},
		{name: "named", key: squatter, err: identity.ErrNotYours},
	} {
		p, err := rules.Authorize(name(t, c.name), c.key)
		if !errors.Is(err, c.err) {
			t.Errorf("%s with %q: %v, want %v", c.name, c.key, err, c.err)
		}
		want := identity.Player{Name: name(t, c.name), Key: c.key, Role: c.title, Reserved: c.kept, Admin: c.admin}
		if err == nil && (p != want || p.Claims() != c.claims) {
			t.Errorf("%s with %q: %+v, claims %v; want %+v, %v", c.name, c.key, p, p.Claims(), want, c.claims)
		}
	}
}

func TestRulesWithoutGuestsNeedKey(t *testing.T) {
	r := identity.NewRules(&identity.Admins{}, true, func(string) []game.Key { return nil })
	for _, as := range []string{"alice", "root"} {
		if _, err := r.Authorize(name(t, as), ""); !errors.Is(err, identity.ErrNoKey) {
			t.Errorf("%s without a key: %v", as, err)
		}
		if _, err := r.Authorize(name(t, as), "SHA256:k"); err != nil {
			t.Errorf("%s with a key: %v", as, err)
		}
	}
}
