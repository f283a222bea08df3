package main

import (
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"clickky/cmd/clickky/manual"
)

// completionCmd prints the completion script for a shell.
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: bash, zsh or fish."`
}

// Run implements the command.
func (c *completionCmd) Run(p *app, k *kong.Kong) error {
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
func (manCmd) Run(p *app, k *kong.Kong) error {
	_, err := fmt.Fprint(p.stdout, manual.Page(k.Model, version(), manNotes...))
	return err
}

// manNotes are the sections of the man page beside the commands.
var manNotes = []manual.Note{
	{Title: "DESCRIPTION", Early: true, Text: "Clickky is a game that you play with nothing but ssh(1): each press of the spacebar adds one to a count that everybody sees. " +
		"Without a command, it serves the game: it creates what it needs in its data directory, listens for SSH, and prints how to join.\n\n" +
		"Players can also run commands over SSH; ssh HOST help lists them."},
	{Text: passwordVariable + " holds the database's password. --db-password-file overrides it."},
	{Title: "FILES", Text: "The data directory (clickky-data in the working directory, unless you set --data) holds the host key, the journal and the embedded database. " +
		"Don't delete it. Only one server at a time can use it."},
	{Title: "SIGNALS", Text: "SIGTERM and SIGINT shut the server down cleanly; a second one skips the final save. SIGHUP reloads what can change while the server runs, such as the key files in --admin."},
	{Title: "EXIT STATUS", Text: "0: success. 1: failure. 2: wrong usage. An error is one line on standard error that says what to do about it."},
	{Title: "SEE ALSO", Text: "ssh(1), ssh-keygen(1)"},
}
