package server

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"clickky/server/identity"
	"clickky/sync/live"
)

// Trust has other admins and operator's bans in the place of those until now.
// Whoever is here is judged again at once: who is no admin any more loses what only
// admins see, who has become one gets it, and who plays a name that is kept for
// another key now, or is banned, is ended with a sentence. It waits for nobody.
func (s *Server) Trust(admins *identity.Admins, bans *identity.Bans) {
	s.rules.Trust(admins)
	s.bans.Store(bans)
	s.mu.Lock()
	visits := slices.Collect(maps.Keys(s.visits)) // who comes later is judged when it is one
	s.mu.Unlock()
	for _, v := range visits {
		v.judge()
	}
}

// errTaken is the sentence for somebody who has lost the name.
type errTaken string

func (e errTaken) Error() string { return string(e) }

// judgeAgain is who a visitor is by now, under the login name that is played. The
// error is a sentence for somebody who must go: the name is another's, the operator
// has banned them, or an admin's privilege was all that kept a ban away.
func (s *Server) judgeAgain(v *visit, login string) (identity.Player, error) {
	player, err := s.whoIs(login, v.key)
	if err != nil {
		return identity.Player{}, err
	}
	s.mu.Lock()
	was := v.admin
	v.admin = player.Admin
	s.mu.Unlock()
	if was && !player.Admin {
		return player, s.whyBanned(v.key, false, v.addr)
	}
	return player, s.whyBarred(v.key, player.Admin, v.addr)
}

// whoIs is who plays under a login name with a key by now. The error is a sentence for
// somebody who may not.
func (s *Server) whoIs(login string, key identity.Fingerprint) (identity.Player, error) {
	var player identity.Player
	name, err := identity.ParseName(login)
	if err == nil {
		player, err = s.rules.Judge(name, key)
	}
	if err != nil {
		return identity.Player{}, errTaken(fmt.Sprintf(sayTaken, name))
	}
	return player, nil
}

// boardEvery is how long a screen waits between two leaderboards: a table costs more to
// draw than a frame of the game.
const boardEvery = 400 * time.Millisecond

// boardFor is where the player sees the leaderboard as long as the context lasts; nil for
// who may not.
func (s *Server) boardFor(ctx context.Context, player identity.Player) func() *live.Board {
	if !s.commands.MayList(player) {
		return nil
	}
	return paced(ctx, boardEvery, s.Live.Board)
}

// paced returns look, which waits until so much time has passed since it has returned last,
// or until the context ends.
func paced[T any](ctx context.Context, every time.Duration, look func() T) func() T {
	var mu sync.Mutex
	var last time.Time
	return func() T {
		mu.Lock()
		wait := time.NewTimer(time.Until(last.Add(every)))
		mu.Unlock()
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-ctx.Done():
		}
		mu.Lock()
		last = time.Now()
		mu.Unlock()
		return look()
	}
}
