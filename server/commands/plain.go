package commands

import "errors"

// plainCmd only exists for the help: with a terminal, the session plays instead of running it.
type plainCmd struct{}

// Run implements the command.
func (plainCmd) Run() error {
	return errors.New("the plain game needs a terminal: ssh -t NAME@HOST plain")
}
