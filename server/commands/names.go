package commands

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"clickky/server/identity"
	"clickky/sync/game"
)

// fingerprint is a key of which an admin means all names.
type fingerprint identity.Fingerprint

// UnmarshalText implements encoding.TextUnmarshaler. It reads no files: whoever gives
// it is not at the server's keyboard.
func (f *fingerprint) UnmarshalText(text []byte) error {
	if !strings.HasPrefix(string(text), "SHA256:") {
		return errors.New("use the key's fingerprint (SHA256:…); `players show NAME` prints a player's keys")
	}
	keys, _, err := identity.ReadKeys(string(text))
	if err == nil {
		*f = fingerprint(keys[0])
	}
	return err
}

// eitherOr checks that there is either a key or something else.
func eitherOr(what string, given bool, key fingerprint) error {
	if given == (key != "") {
		return fmt.Errorf("give either %s or --key", what)
	}
	return nil
}

// maxNamed is how many names a question lists.
const maxNamed = 5

// some lists a few of some names, and says how many more there are.
func some(names []string) string {
	if len(names) <= maxNamed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %s more", strings.Join(names[:maxNamed], ", "), commas(uint64(len(names[maxNamed:]))))
}

// deleteAll deletes all names of a key, each by an act of its own, so that the audit log
// has them all and every server understands them. More than the audit log has room for
// could not be undone.
func (r *request) deleteAll(d deed, key fingerprint) error {
	names := r.Ledger.NamesOf(string(key))
	switch {
	case string(key) == string(r.player.Key):
		return errors.New("that's your own key; delete its names one by one")
	case len(names) == 0:
		return fmt.Errorf("no name belongs to the key %s", key)
	}
	left := len(names) - min(len(names), game.KeptRecords)
	names = names[:len(names)-left]
	var acts []game.AdminAction
	var clicks uint64
	shared := 0
	for _, name := range names {
		acts = append(acts, game.AdminAction{Kind: game.ActionDelete, Target: name})
		clicks += r.Ledger.Standing(name).Clicks
		if len(r.Ledger.Keys(r.LoginOf(name))) > 1 {
			shared++
		}
	}
	would := fmt.Sprintf("delete %s of the key %s with %s and all keys: %s (the global count stays the same)",
		counted(uint64(len(names)), "name"), key, counted(clicks, "click"), some(names))
	if shared > 0 {
		would += fmt.Sprintf("; %d of them have other keys too", shared)
	}
	if left > 0 {
		would += fmt.Sprintf("; %s more are left for next time", commas(uint64(left)))
	}
	if d.Why == "" {
		d.Why = "all names of " + string(key)
	}
	return r.actAll(d, acts, would, "deleted", fmt.Sprintf(" Take it back with `undo --key %s`.", key))
}

// bringBack undoes all that has deleted a name of a key.
func (r *request) bringBack(d deed, key fingerprint) error {
	var acts []game.AdminAction
	var names []string
	seen := map[string]bool{}
	for _, a := range r.Ledger.Audit(game.KeptRecords, 0) { // the newest first
		name := a.Before.Name
		owned := slices.ContainsFunc(a.Before.Keys, func(k game.Key) bool { return k.Fingerprint == string(key) })
		if a.Kind != game.ActionDelete || a.UndoneBy != 0 || !owned || seen[name] {
			continue
		}
		seen[name] = true
		acts, names = append(acts, game.AdminAction{Kind: game.ActionUndo, Number: a.Number}), append(names, name)
	}
	if len(acts) == 0 {
		return fmt.Errorf("nothing to bring back: the audit log has no deleted names of the key %s", key)
	}
	slices.Reverse(acts)
	slices.Reverse(names)
	would := fmt.Sprintf("bring back %s of the key %s: %s", counted(uint64(len(names)), "deleted name"), key, some(names))
	return r.actAll(d, acts, would, "restored", "")
}

// actAll is act for one act for each of several names. Done is an adjective of these.
func (r *request) actAll(d deed, acts []game.AdminAction, would, done, undo string) error {
	records, refused, err := r.carryOut(d, would, acts...)
	switch {
	case err != nil:
		return err
	case len(records) == 0:
		return refused[0]
	}
	first, last := records[0].Number, records[len(records)-1].Number
	line := fmt.Sprintf("#%d to #%d: %s", first, last, counted(uint64(len(records)), "name"))
	if first == last {
		line = fmt.Sprintf("#%d: 1 name", first)
	}
	line += " " + done + "." + undo
	if len(refused) > 0 {
		line += fmt.Sprintf(" %s failed: %v.", commas(uint64(len(refused))), refused[0])
	}
	_, err = fmt.Fprintln(r.out, identity.Printable(line))
	return err
}
