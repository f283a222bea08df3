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

// RunInGame runs a command for a player who is in the game and can be asked for confirmation: --yes
// only counts if confirmed, and a command that needs it returns a Question. The error is a sentence
// for the player.
func (c *Commands) RunInGame(ctx context.Context, player identity.Player, args []string, confirmed bool, out io.Writer) error {
	if err := checkInGame(args); err != nil {
		return err
	}
	_, err := c.do(ctx, player, withConfirmation(args, confirmed), out)
	return err
}

// checkInGame returns why a command can't run in the game: it would never end, or it changes
// something without confirmation.
func checkInGame(args []string) error {
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

// withConfirmation adds or removes --yes.
func withConfirmation(args []string, confirmed bool) []string {
	flags, rest := splitFlags(args)
	flags = slices.DeleteFunc(slices.Clone(flags), func(arg string) bool {
		return arg == "--yes" || strings.HasPrefix(arg, "--yes=")
	})
	if confirmed {
		flags = append(flags, "--yes")
	}
	return append(flags, rest...)
}
