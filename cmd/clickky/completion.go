package main

import (
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"clickky/cmd/clickky/manual"
)

// completionCmd prints a script for a shell.
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: bash, zsh or fish."`
}

// Run implements the command.
func (c *completionCmd) Run(p *process, k *kong.Kong) error {
	script, err := manual.Completion(k.Model, c.Shell)
	if err != nil {
		return usageError{err}
	}
	_, err = io.WriteString(p.stdout, script)
	return err
}

// manCmd prints the man page.
type manCmd struct{}

// Run implements the command.
func (manCmd) Run(p *process, k *kong.Kong) error {
	_, err := fmt.Fprint(p.stdout, manual.Page(k.Model, version(), manNotes...))
	return err
}

// manNotes are what the page tells beside the commands.
var manNotes = []manual.Note{
	{Title: "DESCRIPTION", Early: true, Text: "Clickky is a game that people play with nothing but ssh(1): each press adds one to a count that everybody sees. " +
		"Without a command it serves the game: it makes what it needs in its data directory, listens for SSH, and prints how to join.\n\n" +
		"Players who are in may also use commands over SSH; ssh HOST help lists them."},
	{Title: "FILES", Text: "The data directory (clickky-data in the working directory unless --data says otherwise) holds the host key, the journal and the embedded database. " +
		"It must not be lost, and one server at a time uses it."},
	{Title: "SIGNALS", Text: "SIGTERM and SIGINT end the server in good order; a second one skips the last saving. SIGHUP has it read again what can change while it runs, such as the files of keys that --admin names."},
	{Title: "EXIT STATUS", Text: "0: done. 1: failed. 2: used in a wrong way. An error is one line on standard error that says what to do about it."},
	{Title: "SEE ALSO", Text: "ssh(1), ssh-keygen(1)"},
}
