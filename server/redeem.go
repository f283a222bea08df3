package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"clickky/server/commands"
	"clickky/server/identity"
	"clickky/sync/game"
)

// redeemTimeout is how long redeeming a code waits for the journal.
const redeemTimeout = 10 * time.Second

const (
	messageCodeNeedsKey    = "This code adds an SSH key, but your client didn't offer one. Make one with ssh-keygen, then use the code again."
	messageCodeBad         = "That code is unknown, used or expired. Get another one with ssh NAME@HOST keys add, using a key that owns the name."
	messageCodeUnavailable = "Codes can't be checked right now. Try again in a minute. If the code has expired by then, get another one."
	messageCodePending     = "Your code is accepted, but the journal can't be written right now. Your key can play as %s as soon as it can."
	messageCodeRejected    = "This key couldn't be added to %s: it already plays there, the name has too many keys, or the key that made the code no longer owns the name."
	messageCodeDone        = "Done: this key now plays as %[1]s. Connect with ssh %[1]s@HOST"
)

// redeemCode redeems a one-time code, which adds the session's key to the code's name, and ends
// the session. Sessions without a code continue with next.
func (s *Session) redeemCode(next func()) {
	code, isCode := identity.ParseCode(s.User())
	if !isCode {
		next()
		return
	}
	s.server.counters.logins[redeemed].Add(1)
	status, message := s.server.redeem(s.Context(), code, s.key)
	if status == commands.Done {
		s.channel.Finish() // before the write, which blocks if the client doesn't read
		_, _ = fmt.Fprintln(s, message)
		_ = s.Exit(status)
		return
	}
	if s.key == "" {
		message = cmp.Or(weakness(s.Context()), message)
	}
	s.exitWith(status, message)
}

func (s *Server) redeem(ctx context.Context, code string, key identity.Fingerprint) (status int, message string) {
	if key == "" {
		return commands.Failed, messageCodeNeedsKey
	}
	grant, err := s.commands.Codes.Redeem(ctx, code)
	switch {
	case errors.Is(err, identity.ErrBadCode):
		return commands.Failed, messageCodeBad
	case err != nil:
		s.codeWarnings.Do(func() { // everybody can try codes that don't exist
			s.Log.Warn("can't check a one-time code", "err", err)
		})
		return commands.Failed, messageCodeUnavailable
	}
	ctx, cancel := context.WithTimeout(ctx, redeemTimeout)
	defer cancel()
	added, err := s.Ledger.ChangeKeys(ctx, game.KeyChange{
		Kind: game.KeyAdd, Name: grant.Name.String(), Key: string(key), By: string(grant.By),
	})
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return commands.Failed, fmt.Sprintf(messageCodePending, grant.Name)
	case err != nil:
		return commands.Failed, messageRestarting
	case !added:
		return commands.Failed, fmt.Sprintf(messageCodeRejected, grant.Name)
	}
	s.Log.Info("added a key", "player", grant.Name.String(), "key", string(key), "by", string(grant.By))
	return commands.Done, fmt.Sprintf(messageCodeDone, grant.Name)
}
