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
	s.bans.operator.Store(bans)
	s.mu.Lock()
	present := slices.Collect(maps.Keys(s.present)) // who comes later is identified then
	s.mu.Unlock()
	for _, session := range present {
		session.recheck()
	}
}

// identify finds out who somebody is under a login name, with a key that is proved.
func (s *Server) identify(login string, key identity.Fingerprint) (identity.Player, error) {
	name, err := identity.ParseName(login)
	if err != nil {
		return identity.Player{}, err
	}
	return s.rules.Judge(name, key)
}

// errTaken is the sentence for somebody who has lost the name.
type errTaken string

func (e errTaken) Error() string { return string(e) }

// reidentify is identify for a player under a name that may be lost by now. The error
// is a sentence for the player then.
func (s *Server) reidentify(login string, key identity.Fingerprint) (identity.Player, error) {
	player, err := s.identify(login, key)
	if err != nil {
		return identity.Player{}, errTaken(fmt.Sprintf(sayTaken, login))
	}
	return player, nil
}

// boardEvery is how long a screen waits between two leaderboards: a table costs more to
// draw than a frame of the game.
const boardEvery = 400 * time.Millisecond

// boardFor is where the player sees the leaderboard until it leaves; nil for who may not.
func (s *Session) boardFor(player identity.Player) func() *live.Board {
	if !s.server.commands.MayList(player) {
		return nil
	}
	return paced(s.ctx, boardEvery, s.server.Live.Board)
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
