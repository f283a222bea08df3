package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"clickky/server/identity"
	"clickky/sync/game"
)

// changeTimeout bounds how long a key change may take.
const changeTimeout = 10 * time.Second

// Sentences for the player, with status Failed.
var (
	errGuest   = errors.New("guests have no keys: to own a free name, log in with an SSH key and score")
	errUnowned = errors.New("the name isn't yours yet: score once, and it belongs to your key")
	errKept    = errors.New("this name is reserved; the operator manages its keys with clickky bind")
	errLate    = errors.New("the journal can't be written right now; the change takes effect as soon as it can")
	errLast    = errors.New("this is your name's only key, and without it you couldn't play; add another key first")
	errNoCode  = errors.New("codes can't be stored right now; try again in a minute")
	errChange  = errors.New("that didn't work, because the keys have just changed; `keys list` shows them")
)

type keysCmd struct {
	List   keysListCmd   `cmd:"" default:"withargs" help:"List your name's keys."`
	Add    keysAddCmd    `cmd:"" help:"Get a one-time code to add another key."`
	Remove keysRemoveCmd `cmd:"" help:"Remove a key from your name."`
}

type keysListCmd struct {
	JSON bool `name:"json" help:"One JSON array."`
}

// keyJSON is a key of a name in JSON.
type keyJSON struct {
	Fingerprint string  `json:"fingerprint"`
	Since       *string `json:"since"`
	Bound       bool    `json:"bound"`
	Current     bool    `json:"current"`
}

// Run implements the command.
func (c *keysListCmd) Run(r *request) error {
	if r.player.Role != identity.Owner {
		return r.noKeysError()
	}
	keys := r.keysOf(r.player.Name.String())
	if c.JSON {
		return printJSON(r.out, keys)
	}
	return r.printKeys(keys)
}

func (r *request) keysOf(name string) []keyJSON {
	keys := []keyJSON{}
	for _, k := range r.Ledger.Keys(name) {
		keys = append(keys, keyJSON{k.Fingerprint, knownTime(k.Since), k.Bound, k.Fingerprint == string(r.player.Key)})
	}
	return keys
}

// LoginOf returns a player's login name: the name itself, except for names with capitals from the
// old version.
func (c *Commands) LoginOf(name string) string {
	if low := strings.ToLower(name); c.Ledger.Standing(low).Name == name {
		return low
	}
	return name
}

// details returns the rest of the line about a key.
func (k keyJSON) details() string {
	since, note := "added just now", ""
	if k.Since != nil {
		since = "since " + *k.Since
	}
	if k.Bound {
		note = "bound by the operator"
	}
	if k.Current {
		note = strings.TrimPrefix(note+", this one", ", ")
	}
	return since + "\t" + note
}

func (r *request) printKeys(keys []keyJSON) error {
	if len(keys) == 0 {
		_, err := fmt.Fprintln(r.out, "The operator gave you this name in the server's settings.")
		return err
	}
	var pairs []pair
	for _, k := range keys {
		pairs = append(pairs, pair{k.Fingerprint, k.details()})
	}
	return printPairs(r.out, pairs...)
}

// noKeysError says why the player has no keys.
func (r *request) noKeysError() error {
	if r.player.Role == identity.Newcomer {
		return errUnowned
	}
	return errGuest
}

// checkMayChange returns why the player may not change the name's keys; nil if they may.
func (r *request) checkMayChange() error {
	switch {
	case r.player.Role != identity.Owner:
		return r.noKeysError()
	case r.player.Reserved:
		return errKept
	}
	return nil
}

type keysAddCmd struct{}

// Run implements the command. The new key proves itself by logging in with the code as its login
// name.
func (*keysAddCmd) Run(r *request) error {
	if err := r.checkMayChange(); err != nil {
		return err
	}
	if len(r.Ledger.Keys(r.player.Name.String())) >= game.MaxKeys {
		return fmt.Errorf("your name already has %d keys, the most it can have; remove one with `keys remove KEY`", game.MaxKeys)
	}
	code, err := r.Codes.New(r.ctx, identity.Grant{Name: r.player.Name, By: r.player.Key})
	if err != nil {
		return errNoCode
	}
	_, err = fmt.Fprintf(r.out, `Your code is +%s
It adds one key to your name and expires in %d minutes. On the machine with that key, run:

  ssh +%[1]s@HOST

Use the host and port that you always use, and add -i KEY if that machine has several keys.
Keep the code secret.
`, code, int(identity.CodeTTL/time.Minute))
	return err
}

type keysRemoveCmd struct {
	Key string `arg:"" help:"The fingerprint, or its first characters."`
}

// Run implements the command.
func (c *keysRemoveCmd) Run(r *request) error {
	if err := r.checkMayChange(); err != nil {
		return err
	}
	name := r.player.Name.String()
	keys := r.Ledger.Keys(name)
	fingerprint, err := c.findKey(keys)
	switch {
	case err != nil:
		return err
	case len(keys) == 1:
		return errLast
	}
	ctx, cancel := context.WithTimeout(r.ctx, changeTimeout)
	defer cancel()
	took, err := r.Ledger.ChangeKeys(ctx, game.KeyChange{
		Kind: game.KeyRemove, Name: name, Key: fingerprint, By: string(r.player.Key),
	})
	switch {
	case err != nil:
		return errLate
	case !took:
		return errChange
	}
	_, err = fmt.Fprintf(r.out, "Removed: %s no longer plays as %s.\n", fingerprint, name)
	return err
}

// findKey returns the one key that matches.
func (c *keysRemoveCmd) findKey(keys []game.Key) (string, error) {
	prefix := strings.TrimPrefix(c.Key, "SHA256:")
	var found []string
	for _, k := range keys {
		if strings.HasPrefix(strings.TrimPrefix(k.Fingerprint, "SHA256:"), prefix) {
			found = append(found, k.Fingerprint)
		}
	}
	switch {
	case len(found) == 0 || prefix == "":
		return "", errors.New("none of your keys starts like that; `keys list` shows them")
	case len(found) > 1:
		return "", errors.New("several of your keys start like that; type more of it")
	}
	return found[0], nil
}
