package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"charm.land/ssh"

	"clickky/server/commands"
	"clickky/server/gate"
	"clickky/server/identity"
	"clickky/sync/ledger"
)

// redeemTimeout is how long a change of keys may take into the journal.
const redeemTimeout = 10 * time.Second

const (
	sayCodeNoKey   = "A code is for letting in a key, and you have shown none. Make one with ssh-keygen, and use the code again."
	sayCodeBad     = "That code is unknown, used or too old. Ask for another one with ssh NAME@HOST keys add, with a key that owns the name."
	sayCodeAway    = "Codes cannot be looked up just now. Try this one again in a minute, and if it is not good any more, ask for another."
	sayCodeLate    = "The code is used, but the journal cannot be written just now; your key will play as %s as soon as it can."
	sayCodeRefused = "This key could not be added to %s: it plays there already, the name has enough keys, or the key that gave the code has lost it."
	sayCodeDone    = "Done: this key plays as %[1]s now. Come in with ssh %[1]s@HOST"
)

// redeem lets the key of the session play under the name that a code is for.
func (s *Server) redeem(sess ssh.Session, code string) {
	status, say := s.useCode(sess.Context(), code, identity.FingerprintOf(sess.PublicKey()))
	if status == commands.Done {
		gate.ChannelOf(sess.Context()).Finish() // a client may not even take this
		_, _ = fmt.Fprintln(sess, say)
		_ = sess.Exit(status)
		return
	}
	if sess.PublicKey() == nil {
		say = cmp.Or(weakness(sess.Context()), say)
	}
	end(sess, status, say)
}

func (s *Server) useCode(ctx context.Context, code string, key identity.Fingerprint) (status int, say string) {
	if key == "" {
		return commands.Failed, sayCodeNoKey
	}
	grant, err := s.codes.Redeem(ctx, code)
	switch {
	case errors.Is(err, identity.ErrBadCode):
		return commands.Failed, sayCodeBad
	case err != nil:
		s.codeTrouble.Do(func() { // anybody can ask for one that does not exist
			s.Log.Warn("a code could not be looked up", "err", err)
		})
		return commands.Failed, sayCodeAway
	}
	ctx, cancel := context.WithTimeout(ctx, redeemTimeout)
	defer cancel()
	took, err := s.Ledger.Change(ctx, ledger.Change{
		Do: ledger.Add, Name: grant.Name.String(), Key: string(key), By: string(grant.By),
	})
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return commands.Failed, fmt.Sprintf(sayCodeLate, grant.Name)
	case err != nil:
		return commands.Failed, sayRestarting
	case !took:
		return commands.Failed, fmt.Sprintf(sayCodeRefused, grant.Name)
	}
	s.Log.Info("a key was added", "player", grant.Name.String(), "key", string(key), "by", string(grant.By))
	return commands.Done, fmt.Sprintf(sayCodeDone, grant.Name)
}
