package commands

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"clickky/server/identity"
	"clickky/sync/game"
)

// keyFlag is a key whose names an admin means.
type keyFlag identity.Fingerprint

// UnmarshalText implements encoding.TextUnmarshaler.
func (f *keyFlag) UnmarshalText(text []byte) error {
	if !strings.HasPrefix(string(text), "SHA256:") {
		return errors.New("use the key's fingerprint (SHA256:…); `players show NAME` prints a player's keys")
	}
	key, err := identity.ParseFingerprint(string(text))
	*f = keyFlag(key)
	return err
}

// requireOne checks that either a key or something else is given.
func requireOne(other string, given bool, key keyFlag) error {
	if given == (key != "") {
		return fmt.Errorf("give either %s or --key", other)
	}
	return nil
}

const maxListedNames = 5

// abbreviate lists the first names and says how many more there are.
func abbreviate(names []string) string {
	if len(names) <= maxListedNames {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %s more", strings.Join(names[:maxListedNames], ", "), commas(uint64(len(names[maxListedNames:]))))
}

// deleteAll deletes all names of a key, with one action each, so that the audit log lists them and
// every server understands them. It deletes no more names than the audit log can hold, because the
// others couldn't be undone.
func (r *request) deleteAll(flags actionFlags, key keyFlag) error {
	names := r.Ledger.NamesByKey(string(key))
	switch {
	case string(key) == string(r.player.Key):
		return errors.New("that's your own key; delete its names one by one")
	case len(names) == 0:
		return fmt.Errorf("no name belongs to the key %s", key)
	}
	left := len(names) - min(len(names), game.KeptRecords)
	names = names[:len(names)-left]
	var actions []game.AdminAction
	var clicks uint64
	shared := 0
	for _, name := range names {
		actions = append(actions, game.AdminAction{Kind: game.ActionDelete, Target: name})
		clicks += r.Ledger.Standing(name).Clicks
		if len(r.Ledger.Keys(r.LoginOf(name))) > 1 {
			shared++
		}
	}
	would := fmt.Sprintf("delete %s of the key %s with %s and all keys: %s (the global count stays the same)",
		countNoun(uint64(len(names)), "name"), key, countNoun(clicks, "click"), abbreviate(names))
	if shared > 0 {
		would += fmt.Sprintf("; %d of them have other keys too", shared)
	}
	if left > 0 {
		would += fmt.Sprintf("; %s more are left for next time", commas(uint64(left)))
	}
	if flags.Why == "" {
		flags.Why = "all names of " + string(key)
	}
	return r.applyAll(flags, actions, would, "deleted", fmt.Sprintf(" Take it back with `undo --key %s`.", key))
}

// restoreAll undoes all deletions of a key's names.
func (r *request) restoreAll(flags actionFlags, key keyFlag) error {
	var actions []game.AdminAction
	var names []string
	seen := map[string]bool{}
	for _, a := range r.Ledger.Audit(game.KeptRecords, 0) { // the newest first
		name := a.Before.Name
		owned := game.HasKey(a.Before.Keys, string(key))
		if a.Kind != game.ActionDelete || a.UndoneBy != 0 || !owned || seen[name] {
			continue
		}
		seen[name] = true
		actions, names = append(actions, game.AdminAction{Kind: game.ActionUndo, Number: a.Number}), append(names, name)
	}
	if len(actions) == 0 {
		return fmt.Errorf("nothing to bring back: the audit log has no deleted names of the key %s", key)
	}
	slices.Reverse(actions)
	slices.Reverse(names)
	would := fmt.Sprintf("bring back %s of the key %s: %s", countNoun(uint64(len(names)), "deleted name"), key, abbreviate(names))
	return r.applyAll(flags, actions, would, "restored", "")
}

// applyAll applies one action to each of several names. done is an adjective for them.
func (r *request) applyAll(flags actionFlags, actions []game.AdminAction, would, done, undo string) error {
	records, rejected, err := r.submit(flags, would, actions...)
	switch {
	case err != nil:
		return err
	case len(records) == 0:
		return rejected[0]
	}
	first, last := records[0].Number, records[len(records)-1].Number
	line := fmt.Sprintf("#%d to #%d: %s", first, last, countNoun(uint64(len(records)), "name"))
	if first == last {
		line = fmt.Sprintf("#%d: 1 name", first)
	}
	line += " " + done + "." + undo
	if len(rejected) > 0 {
		line += fmt.Sprintf(" %s failed: %v.", commas(uint64(len(rejected))), rejected[0])
	}
	_, err = fmt.Fprintln(r.out, identity.Printable(line))
	return err
}
