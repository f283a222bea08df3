package commands

import "errors"

// plainCmd is here for the help: with a terminal a session plays, and does not
// come here.
type plainCmd struct{}

// Run implements the command.
func (plainCmd) Run() error {
	return errors.New("the plain game needs a terminal: ssh -t NAME@HOST plain")
}
