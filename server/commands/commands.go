// Package commands has the commands that a client can run without the screen, as in ssh host stats.
//
// It promises that commands work with and without a terminal, that JSON keys and CSV columns never
// change, and that only admins see other players' names unless the leaderboard is public. News may
// name players who don't hide.
package commands

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"clickky/server/identity"
	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/live"
)

// The exit statuses of commands.
const (
	Done   = 0
	Failed = 1
	Usage  = 2
)

// Commands runs commands. They read from the ledger and submit key changes and admin actions to it.
type Commands struct {
	Ledger *ledger.Ledger
	// Live has the snapshots and leaderboards that screens see.
	Live *live.Live
	// Codes are the one-time codes for adding keys.
	Codes identity.Codes
	// PublicLeaderboard allows everybody to see the leaderboard.
	PublicLeaderboard bool
	// Rules says which names admins may give to players; nil: all.
	Rules *identity.Rules
	// Sessions returns this server's sessions; nil: none.
	Sessions func() []game.SessionInfo
	// Cluster has the servers of the game; nil: only this one.
	Cluster Cluster
	// Version is the server's version.
	Version string
	// Started is when the server started.
	Started time.Time
}

// grammar defines the commands. The help is generated from it.
type grammar struct {
	Help        struct{}       `cmd:"" help:"List these commands."`
	Me          meCmd          `cmd:"" help:"Show your clicks and rank."`
	Stats       statsCmd       `cmd:"" help:"Show the game's totals and whether they're saved."`
	Watch       watchCmd       `cmd:"" help:"Print a line whenever the totals change; with --json, news too."`
	Leaderboard leaderboardCmd `cmd:"" help:"Show who has the most clicks."`
	Keys        keysCmd        `cmd:"" help:"Show or change your name's keys."`
	Version     versionCmd     `cmd:"" help:"Show the server's version."`
	Plain       plainCmd       `cmd:"" help:"Play in plain text, for screen readers; needs ssh -t."`
	Players     playersCmd     `cmd:"" help:"List and manage players."`
	Audit       auditCmd       `cmd:"" help:"Show what admins did, newest first."`
	Undo        undoCmd        `cmd:"" help:"Undo what an admin did."`
}

// request is one command of one player.
type request struct {
	*Commands
	ctx    context.Context // a request lives as long as a call of Run
	player identity.Player
	out    *bufio.Writer
	parser *kong.Kong
}

// errNotAllowed is a sentence for the player, with status Failed.
var errNotAllowed = errors.New("the leaderboard is for admins; `me` shows your own rank")

// Run runs a command and returns its exit status. It writes an error as one line to errs.
func (c *Commands) Run(ctx context.Context, player identity.Player, args []string, out, errs io.Writer) int {
	status, err := c.do(ctx, player, args, out)
	if err != nil {
		_, _ = fmt.Fprintln(errs, identity.Printable(err.Error())) // it may quote the client
	}
	return status
}

// do runs a command. The error is a sentence for the player.
func (c *Commands) do(ctx context.Context, player identity.Player, args []string, out io.Writer) (status int, err error) {
	original := args
	args = resolveAliases(args)
	if len(args) > 0 && forAdmins[args[0]] && !player.Admin {
		return Failed, errAdminsOnly
	}
	var g grammar
	r := &request{Commands: c, ctx: ctx, player: player, out: bufio.NewWriterSize(out, outputBuffer)}
	parser, err := kong.New(&g, kong.NoDefaultHelp(), kong.Bind(r), kong.Writers(r.out, io.Discard), kong.Exit(func(int) {}))
	if err != nil {
		return Failed, err
	}
	r.parser = parser
	if !hasCommand(parser.Model.Node, args) {
		return Usage, unknownCommand(original)
	}
	call, err := parser.Parse(args)
	if err != nil {
		return Usage, fmt.Errorf("%w; `help` lists the commands", err)
	}
	if call.Command() == "help" {
		err = r.help()
	} else {
		err = call.Run()
	}
	if failed := r.out.Flush(); err == nil {
		err = failed
	}
	if err != nil && (ctx.Err() == nil || errors.Is(err, context.Cause(ctx))) {
		return Failed, err
	}
	return Done, nil
}

// hasCommand reports whether the first argument is a command. A flag there is left to the parser.
func hasCommand(grammar *kong.Node, args []string) bool {
	return len(args) > 0 && (strings.HasPrefix(args[0], "-") || slices.ContainsFunc(grammar.Children, func(n *kong.Node) bool { return n.Name == args[0] }))
}

// unknownCommand returns the error for an unknown command. It explains what the server is, for
// people and programs such as git and scp that expect an ordinary one.
func unknownCommand(args []string) error {
	const maxLength = 40 // bytes of the word
	const game = "Clickky is a game: play it with ssh NAME@HOST"
	if len(args) == 0 {
		return errors.New(game + "; `help` lists the commands") //nolint:staticcheck // a sentence for people begins with a capital
	}
	word := args[0]
	if word == "subsystem" && len(args) > 1 {
		word = args[1]
	}
	return fmt.Errorf("there's no command `%s`: `help` lists the commands. %s", word[:min(len(word), maxLength)], game)
}

// resolveAliases replaces what people try by the name of the command.
func resolveAliases(args []string) []string {
	flags, _ := splitFlags(args)
	if len(args) > 0 { // HELP
		args = append([]string{strings.ToLower(args[0])}, args[1:]...)
	}
	switch {
	case slices.Contains(flags, "--help") || slices.Contains(flags, "-h"):
		return []string{"help"}
	case len(args) > 0 && args[0] == "--version":
		return []string{"version"}
	case len(args) > 0 && args[0] == "--admin":
		return append([]string{"leaderboard"}, args[1:]...)
	default:
		return args
	}
}

// splitFlags returns the arguments that may be flags, and the rest, which starts with --.
func splitFlags(args []string) (flags, rest []string) {
	if i := slices.Index(args, "--"); i >= 0 {
		return args[:i], args[i:]
	}
	return args, nil
}

// MayList reports whether the player may see the leaderboard.
func (c *Commands) MayList(player identity.Player) bool {
	return player.Admin || c.PublicLeaderboard
}

func (r *request) help() error {
	const column = 38 // of the commands; longer ones have their help on the next line
	_, _ = fmt.Fprintln(r.out, "Clickky: press space, together with everybody else. To play, connect without a command.")
	_, err := fmt.Fprintln(r.out)
	for _, n := range r.parser.Model.Leaves(true) {
		line := strings.TrimSpace(n.Path())
		word, _, _ := strings.Cut(line, " ")
		if word == "leaderboard" && !r.MayList(r.player) || forAdmins[word] && !r.player.Admin {
			continue
		}
		for _, a := range n.Positional {
			line += " " + a.Summary()
		}
		for _, f := range n.Flags {
			switch {
			case f.Hidden:
			case f.Required:
				line += " " + f.Summary()
			default:
				line += " [" + f.Summary() + "]"
			}
		}
		if len(line) > column {
			line += "\n" + strings.Repeat(" ", 2+column)
		}
		_, err = fmt.Fprintf(r.out, "  %-*s  %s\n", column, line, n.Help)
	}
	return err
}
