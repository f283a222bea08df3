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

// redeemTimeout bounds the wait for the journal.
const redeemTimeout = 10 * time.Second

const (
	sayCodeNoKey   = "This code adds an SSH key, but your client didn't offer one. Make one with ssh-keygen, then use the code again."
	sayCodeBad     = "That code is unknown, used or expired. Get another one with ssh NAME@HOST keys add, using a key that owns the name."
	sayCodeAway    = "Codes can't be checked right now. Try again in a minute. If the code has expired by then, get another one."
	sayCodeLate    = "Your code is accepted, but the journal can't be written right now. Your key can play as %s as soon as it can."
	sayCodeRefused = "This key couldn't be added to %s: it already plays there, the name has too many keys, or the key that made the code no longer owns the name."
	sayCodeDone    = "Done: this key now plays as %[1]s. Connect with ssh %[1]s@HOST"
)

// redeemCode redeems a one-time code, which lets the session's key play under the code's
// name, and ends the session. Sessions without a code go on with next.
func (s *Session) redeemCode(next func()) {
	code, isCode := identity.ParseCode(s.User())
	if !isCode {
		next()
		return
	}
	s.server.counters.logins[redeemed].Add(1)
	status, say := s.server.redeem(s.Context(), code, s.key)
	if status == commands.Done {
		s.channel.Finish() // a client may not even take this
		_, _ = fmt.Fprintln(s, say)
		_ = s.Exit(status)
		return
	}
	if s.key == "" {
		say = cmp.Or(weakness(s.Context()), say)
	}
	s.exitWith(status, say)
}

func (s *Server) redeem(ctx context.Context, code string, key identity.Fingerprint) (status int, say string) {
	if key == "" {
		return commands.Failed, sayCodeNoKey
	}
	grant, err := s.commands.Codes.Redeem(ctx, code)
	switch {
	case errors.Is(err, identity.ErrBadCode):
		return commands.Failed, sayCodeBad
	case err != nil:
		s.codeTrouble.Do(func() { // anybody can try codes that don't exist
			s.Log.Warn("can't check a one-time code", "err", err)
		})
		return commands.Failed, sayCodeAway
	}
	ctx, cancel := context.WithTimeout(ctx, redeemTimeout)
	defer cancel()
	took, err := s.Ledger.ChangeKeys(ctx, game.KeyChange{
		Kind: game.KeyAdd, Name: grant.Name.String(), Key: string(key), By: string(grant.By),
	})
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return commands.Failed, fmt.Sprintf(sayCodeLate, grant.Name)
	case err != nil:
		return commands.Failed, sayRestarting
	case !took:
		return commands.Failed, fmt.Sprintf(sayCodeRefused, grant.Name)
	}
	s.Log.Info("added a key", "player", grant.Name.String(), "key", string(key), "by", string(grant.By))
	return commands.Done, fmt.Sprintf(sayCodeDone, grant.Name)
}
