// Command clickky is a multiplayer clicker that people play with nothing but
// ssh.
//
// Without arguments it serves the game. Its exit status is 0 on success, 1 on failure and 2 on wrong
// usage; an error is one line on standard error that says what to do about it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"

	"github.com/alecthomas/kong"

	"clickky/cmd/clickky/settings"
)

// Exit statuses.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	dropEmptyVariables()
	p := app{stdout: os.Stdout, stderr: os.Stderr}
	var stop func()
	p.ctx, p.hurry, stop = untilSignalled()
	status := p.run(os.Args[1:])
	stop()
	os.Exit(status)
}

// dropEmptyVariables unsets variables that are empty: CLICKKY_X= in a file of variables means that
// CLICKKY_X is not set.
func dropEmptyVariables() {
	for _, kv := range os.Environ() {
		if name, value, _ := strings.Cut(kv, "="); value == "" && strings.HasPrefix(name, "CLICKKY_") {
			_ = os.Unsetenv(name)
		}
	}
}

// app is the running program: what every command gets from the operating system.
type app struct {
	ctx            context.Context // lives as long as the process
	hurry          context.Context
	stdout, stderr io.Writer
	args           []string       // the command line
	call           *kong.Context  // what it says, once it is read
	file           *settings.File // of settings; nil without one
}

// untilSignalled returns a context that ends at the first SIGINT or SIGTERM, which asks the program
// to stop, and one that ends at the second, which asks it to stop at once.
func untilSignalled() (first, second context.Context, stop func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	first, endFirst := context.WithCancel(context.Background())
	second, endSecond := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		for _, end := range []func(){endFirst, endSecond} {
			if _, ok := <-signals; !ok {
				return
			}
			end()
		}
	})
	return first, second, func() {
		signal.Stop(signals)
		close(signals)
		running.Wait()
		endFirst()
		endSecond()
	}
}

// cli is the command line.
type cli struct {
	Serve       serveCmd       `cmd:"" default:"withargs" help:"Serve the game. This is what clickky does without a command."`
	Leaderboard leaderboardCmd `cmd:"" help:"Print the leaderboard from the database."`
	Bind        bindCmd        `cmd:"" help:"Give a player's name to a key."`
	Export      exportCmd      `cmd:"" help:"Export the database."`
	Import      importCmd      `cmd:"" help:"Merge an export, a CSV file or another database into the database."`
	Doctor      doctorCmd      `cmd:"" help:"Check everything a server needs, and say how to fix it."`
	Config      configCmd      `cmd:"" help:"Print every setting and where it comes from."`
	Bench       benchCmd       `cmd:"" help:"Load-test a server with many players."`
	Completion  completionCmd  `cmd:"" help:"Print a completion script for your shell."`
	Man         manCmd         `cmd:"" help:"Print the man page."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
}

// usageError is an error in how the command was called.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// BeforeResolve implements kong's hook: it reads the settings file, if there is one.
func (cli) BeforeResolve(call *kong.Context, p *app) (err error) {
	p.call = call
	p.file, err = settings.Load(call)
	return err
}

// parse reads the command line, the environment and the settings file into c. It returns helped if
// the command line asked for help, which is printed then.
func (p *app) parse(c *cli) (helped bool, err error) {
	parser, err := kong.New(c,
		kong.Name("clickky"),
		kong.Description("A multiplayer clicker that people play with nothing but ssh."),
		kong.Writers(p.stdout, p.stderr),
		kong.Exit(func(int) { helped = true }),
		kong.Help(printHelp),
		kong.Bind(p),
		plainErrors,
	)
	if err != nil {
		return false, err
	}
	parser.Model.HelpFlag.Help = "Show this help."
	if _, err = parser.Parse(p.args); err != nil {
		err = settings.Locate(p.call, p.file, err)
	}
	return helped, err
}

// run runs one command line and returns the exit status.
func (p *app) run(args []string) int {
	p.args = args
	helped, err := p.parse(new(cli))
	switch {
	case helped:
		return exitDone
	case err != nil:
		line := strings.Replace(err.Error(), "(from envar ", "(from ", 1) // kong's word for a variable
		return p.fail(exitUsage, errors.New(line+"; see clickky --help"))
	}
	err = p.call.Run()
	var usage usageError
	switch {
	case errors.As(err, &usage):
		return p.fail(exitUsage, err)
	case err != nil:
		return p.fail(exitFailed, err)
	}
	return exitDone
}

// fail prints the error line and returns the exit status.
func (p *app) fail(status int, err error) int {
	line := strings.Join(strings.Fields(err.Error()), " ")
	_, _ = fmt.Fprintln(p.stderr, "clickky: "+line)
	return status
}
