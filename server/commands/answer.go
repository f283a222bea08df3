package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"clickky/server/identity"
)

// Answer does one command as Run does, but for somebody who is in the game and can
// be asked: --yes counts only with sure, and a command that waits for it is a
// Question. The error is a sentence for the player.
func (c *Commands) Answer(ctx context.Context, player identity.Player, args []string, sure bool, out io.Writer) error {
	if err := elsewhere(args); err != nil {
		return err
	}
	_, err := c.do(ctx, player, meant(args, sure), out)
	return err
}

// elsewhere is why a command cannot be given in the game: it would never end, or
// change something without asking.
func elsewhere(args []string) error {
	switch {
	case len(args) == 0:
		return errors.New("type a command; `help` lists them")
	case args[0] == "watch" || args[0] == "plain":
		return fmt.Errorf("`%s` needs its own terminal: ssh -t NAME@HOST %[1]s", args[0])
	case args[0] == "keys" && (slices.Contains(args, "add") || slices.Contains(args, "remove")):
		return errors.New("that command doesn't ask for confirmation, so run it over SSH: ssh NAME@HOST keys")
	}
	return nil
}

// meant is a command with --yes or without it.
func meant(args []string, sure bool) []string {
	flags, rest := flagsOf(args)
	flags = slices.DeleteFunc(slices.Clone(flags), func(arg string) bool {
		return arg == "--yes" || strings.HasPrefix(arg, "--yes=")
	})
	if sure {
		flags = append(flags, "--yes")
	}
	return append(flags, rest...)
}
