package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"clickky/server/identity"
	"clickky/sync/game"
)

// forAdmins are the commands for admins only.
var forAdmins = map[string]bool{"players": true, "audit": true, "undo": true}

// errAdminsOnly is a sentence for the player, with status Failed.
var errAdminsOnly = errors.New("only admins can use that command; log in with an admin's SSH key")

// actionFlags are the flags of all admin actions.
type actionFlags struct {
	Why string `help:"The reason, for the audit log." placeholder:"TEXT"`
	Yes bool   `help:"Do it."`
}

// Question is the error of a command that needs confirmation. It says what the command would do, in
// words without a subject.
type Question string

// Error implements error.
func (q Question) Error() string {
	return fmt.Sprintf("this would %s; add --yes to do it", string(q))
}

// apply applies an admin action and prints what it did, or asks for confirmation. Both texts have
// no subject.
func (r *request) apply(flags actionFlags, action game.AdminAction, would, done string) error {
	records, rejected, err := r.submit(flags, would, action)
	switch {
	case err != nil:
		return err
	case len(rejected) > 0:
		return rejected[0]
	}
	line := fmt.Sprintf("#%d: %s.", records[0].Number, done)
	if game.CanUndo(records[0].Kind) {
		line += fmt.Sprintf(" Take it back with `undo %d`.", records[0].Number)
	}
	_, err = fmt.Fprintln(r.out, identity.Printable(line))
	return err
}

// submit applies actions, or returns what they would do as a Question. rejected has the reasons of
// the actions that had no effect.
func (r *request) submit(flags actionFlags, would string, actions ...game.AdminAction) (records []game.AuditRecord, rejected []error, err error) {
	if !flags.Yes {
		return nil, nil, Question(would)
	}
	for i := range actions {
		actions[i].Admin, actions[i].Key, actions[i].Reason = r.player.Name.String(), string(r.player.Key), flags.Why
	}
	ctx, cancel := context.WithTimeout(r.ctx, changeTimeout+time.Duration(len(actions))*timePerAction)
	defer cancel()
	if records, rejected, err = r.Ledger.SubmitActions(ctx, actions...); err != nil {
		err = errLate
	}
	return records, rejected, err
}

// timePerAction is how long one of many actions may take.
const timePerAction = 5 * time.Millisecond

// describe returns what an action did, without its number.
func describe(a *game.AuditRecord) string {
	switch a.Kind {
	case game.ActionSetCount:
		return fmt.Sprintf("set %s from %s to %s", a.Target, commas(a.Before.Clicks), countNoun(a.After.Clicks, "click"))
	case game.ActionRename:
		return fmt.Sprintf("renamed %s to %s", a.Before.Name, a.After.Name)
	case game.ActionDelete:
		return fmt.Sprintf("deleted %s with %s", a.Target, countNoun(a.Before.Clicks, "click"))
	case game.ActionRelease:
		return fmt.Sprintf("released the name %s from %s", a.Target, countNoun(uint64(len(a.Before.Keys)), "key"))
	case game.ActionBan:
		return fmt.Sprintf("banned %s until %s", a.Target, timestamp(a.After.Until))
	case game.ActionUnban:
		return "unbanned " + a.Target
	case game.ActionKick:
		return "kicked " + a.Target
	case game.ActionNote:
		return fmt.Sprintf("noted %q about %s", a.After.Text, a.Target)
	case game.ActionMessage:
		recipient := a.Target
		if recipient == "" {
			recipient = "everybody"
		}
		return fmt.Sprintf("told %s %q", recipient, a.After.Text)
	default:
		return fmt.Sprintf("undid #%d", a.After.Undone)
	}
}

// Find returns the standing of the player with that name or login name. The error is a sentence for
// the player.
func (c *Commands) Find(name string) (game.Standing, error) {
	for _, n := range []string{name, strings.ToLower(name)} {
		// Players without clicks aren't counted, but may have a key or be connected.
		if s := c.Ledger.Standing(n); s.Clicks > 0 || s.Of <= c.Live.Latest().Players ||
			len(c.Ledger.Keys(n)) > 0 || len(c.SessionsOf(s.Name)) > 0 || len(c.otherServers(s.Name)) > 0 {
			return s, nil
		}
	}
	return game.Standing{}, fmt.Errorf("there's no player %s", name)
}

// SessionsOf returns a player's sessions on this server.
func (c *Commands) SessionsOf(name string) []game.SessionInfo {
	return slices.DeleteFunc(slices.Clone(c.localSessions()), func(s game.SessionInfo) bool { return s.Name != name })
}

func (c *Commands) localSessions() []game.SessionInfo {
	if c.Sessions == nil {
		return nil
	}
	return c.Sessions()
}

type setCmd struct {
	actionFlags

	Name  string    `arg:"" help:"The player."`
	Count countFlag `arg:"" help:"The new number of clicks."`
}

// countFlag is a whole number, with a plain error message.
type countFlag uint64

// UnmarshalText implements encoding.TextUnmarshaler.
func (n *countFlag) UnmarshalText(text []byte) error {
	read, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil {
		return fmt.Errorf("write a whole number, such as 100, instead of %q", text)
	}
	*n = countFlag(read)
	return nil
}

// Run implements the command.
func (c *setCmd) Run(r *request) error {
	p, err := r.Find(c.Name)
	if err != nil {
		return err
	}
	return r.apply(c.actionFlags, game.AdminAction{Kind: game.ActionSetCount, Target: p.Name, Clicks: uint64(c.Count)},
		fmt.Sprintf("change the clicks of %s from %s to %s", p.Name, commas(p.Clicks), commas(uint64(c.Count))),
		fmt.Sprintf("%s now has %s", p.Name, countNoun(uint64(c.Count), "click")))
}

type renameCmd struct {
	actionFlags

	Name string `arg:"" help:"The player."`
	New  string `arg:"" help:"The new name."`
}

// Run implements the command.
func (c *renameCmd) Run(r *request) error {
	p, err := r.Find(c.Name)
	if err != nil {
		return err
	}
	to, err := identity.ParseName(c.New)
	if err != nil {
		return err
	}
	if r.Rules != nil {
		if err := r.Rules.CheckNewName(to); err != nil {
			return err
		}
	}
	return r.apply(c.actionFlags, game.AdminAction{Kind: game.ActionRename, Target: p.Name, To: to.String()},
		fmt.Sprintf("rename %s to %s, with %s and all keys", p.Name, to, countNoun(p.Clicks, "click")),
		fmt.Sprintf("%s is now %s", p.Name, to))
}

type deleteCmd struct {
	actionFlags

	Key  keyFlag `help:"All names of this key (SHA256:…), instead of one name." placeholder:"KEY"`
	Name string  `arg:"" optional:"" help:"The player."`
}

// Validate implements kong's check.
func (c *deleteCmd) Validate() error { return requireOne("a name", c.Name != "", c.Key) }

// Run implements the command.
func (c *deleteCmd) Run(r *request) error {
	if c.Key != "" {
		return r.deleteAll(c.actionFlags, c.Key)
	}
	p, err := r.Find(c.Name)
	if err != nil {
		return err
	}
	return r.apply(c.actionFlags, game.AdminAction{Kind: game.ActionDelete, Target: p.Name},
		fmt.Sprintf("delete %s with %s and all keys (the global count stays the same)", p.Name, countNoun(p.Clicks, "click")),
		p.Name+" was deleted")
}

type releaseCmd struct {
	actionFlags

	Name string `arg:"" help:"The name."`
}

// Run implements the command.
func (c *releaseCmd) Run(r *request) error {
	p, err := r.Find(c.Name)
	if err != nil {
		return err
	}
	return r.apply(c.actionFlags, game.AdminAction{Kind: game.ActionRelease, Target: p.Name},
		"remove all keys from the name "+p.Name+", so the next key that scores owns it",
		"the name "+p.Name+" is now free")
}

type kickCmd struct {
	actionFlags

	Name string `arg:"" help:"The player."`
}

// Run implements the command.
func (c *kickCmd) Run(r *request) error {
	p, err := r.Find(c.Name)
	if err != nil {
		return err
	}
	return r.apply(c.actionFlags, game.AdminAction{Kind: game.ActionKick, Target: p.Name},
		"end all sessions of "+p.Name, "ended all sessions of "+p.Name)
}

type noteCmd struct {
	actionFlags

	Name string   `arg:"" help:"The player."`
	Text []string `arg:"" help:"The note."`
}

// Run implements the command.
func (c *noteCmd) Run(r *request) error {
	p, err := r.Find(c.Name)
	if err != nil {
		return err
	}
	text := strings.Join(c.Text, " ")
	return r.apply(c.actionFlags, game.AdminAction{Kind: game.ActionNote, Target: p.Name, Text: text},
		fmt.Sprintf("note %q about %s", text, p.Name), "saved the note about "+p.Name)
}

type messageCmd struct {
	actionFlags

	To   string   `help:"Send it only to the player NAME." placeholder:"NAME"`
	Text []string `arg:"" help:"The message."`
}

// Run implements the command.
func (c *messageCmd) Run(r *request) error {
	a, recipient := game.AdminAction{Kind: game.ActionMessage, Text: strings.Join(c.Text, " ")}, "everybody"
	if c.To != "" {
		p, err := r.Find(c.To)
		if err != nil {
			return err
		}
		a.Target, recipient = p.Name, p.Name
	}
	return r.apply(c.actionFlags, a, fmt.Sprintf("show %q to %s", a.Text, recipient), recipient+" got the message")
}

type undoCmd struct {
	actionFlags

	Key    keyFlag   `help:"Bring back all deleted names of this key (SHA256:…), instead of undoing one number." placeholder:"KEY"`
	Number countFlag `arg:"" optional:"" help:"The number in the audit log."`
}

// Validate implements kong's check.
func (c *undoCmd) Validate() error { return requireOne("a number", c.Number != 0, c.Key) }

// Run implements the command.
func (c *undoCmd) Run(r *request) error {
	if c.Key != "" {
		return r.restoreAll(c.actionFlags, c.Key)
	}
	undone, n := "", uint64(c.Number)
	if found := r.Ledger.Audit(1, n+1); len(found) == 1 && found[0].Number == n {
		undone = " (" + describe(&found[0]) + ")"
	}
	return r.apply(c.actionFlags, game.AdminAction{Kind: game.ActionUndo, Number: n},
		fmt.Sprintf("undo #%d%s", n, undone), fmt.Sprintf("undid #%d%s", n, undone))
}
