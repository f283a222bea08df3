package ledger

import "clickky/sync/game"

// Session is one session of a player on this server. A player can have several.
type Session struct {
	ledger *Ledger

	// The fields below are guarded by ledger.mu.
	pass   Pass
	name   string  // the login name
	player *player // nil until the player of this name scores
	online string  // the name under which the session counts as online
	left   bool

	// What the keys of the name said at a revision of them; 0: not asked yet.
	revision uint64
	refused  bool
	unowned  bool // the name belongs to no key, and nobody else sees to it
	claim    bool // the next click claims the name
}

// Pass is what a session has to show for its name.
type Pass struct {
	// Key is the fingerprint of the key that was proved; empty without one.
	Key string
	// Claims tells that the first click makes the name the key's, if it
	// belongs to nobody by then.
	Claims bool
	// Kept tells that somebody else sees to it who plays under the name, so
	// that its keys are not asked.
	Kept bool
}

// Join adds a session of the player that the login name means, without a key.
// It writes nothing: a player exists from the first click. The caller must Leave.
func (l *Ledger) Join(name string) *Session { return l.JoinWith(name, Pass{}) }

// JoinWith is Join for somebody with a key.
func (l *Ledger) JoinWith(name string, pass Pass) *Session {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &Session{ledger: l, name: name, pass: pass, player: l.lookup(name)}
	if s.player != nil {
		l.comeOnline(s, s.player.name)
	} else {
		l.comeOnline(s, name)
	}
	l.stirred()
	return s
}

// comeOnline counts a session as one of a name.
func (b *book) comeOnline(s *Session, name string) {
	s.online = name
	sessions := b.online[name]
	if sessions == nil {
		sessions = make(map[*Session]struct{}, 1)
		b.online[name] = sessions
		b.onlineRevision++
	}
	sessions[s] = struct{}{}
}

// offline is the opposite of comeOnline.
func (b *book) offline(s *Session) {
	sessions := b.online[s.online]
	delete(sessions, s)
	if len(sessions) == 0 {
		delete(b.online, s.online)
		b.onlineRevision++
	}
}

// Name is the login name under which the session plays now: another one after the
// player was renamed. AwaitRecords tells of that, and Snapshot.Keys changes.
func (s *Session) Name() string {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	return s.name
}

// Show replaces what the session has to show for its name.
func (s *Session) Show(pass Pass) {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	s.pass, s.revision = pass, 0
}

// Leave ends the session. Leaving twice is the same as leaving once.
func (s *Session) Leave() {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.left {
		return
	}
	s.left = true
	l.stirred()
	l.offline(s)
	if p := l.named(s.online); p != nil && l.online[s.online] == nil {
		l.depart(p)
	}
}

// Click adds one to the player's count and to the global count. The first
// click of a new name makes the player. Nothing is counted when the name has come
// to belong to another key.
func (s *Session) Click() game.Score {
	score, _ := s.click(true)
	return score
}

// ClickUnlessNew is Click, but does nothing and returns false if the name is new: if the
// click would make a player under a name that belongs to no key, or claim the name.
func (s *Session) ClickUnlessNew() (game.Score, bool) { return s.click(false) }

func (s *Session) click(mayBeNew bool) (game.Score, bool) {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.askKeys(); s.refused {
		return game.Score{Refused: true}, true
	}
	s.resolve()
	if !mayBeNew && s.unowned && (s.claim || s.player == nil) {
		return game.Score{}, false
	}
	if s.claim {
		l.claim(s.name, s.pass.Key)
	}
	if s.player == nil {
		s.take(l.addEarly(s.name))
	}
	p := s.player
	p.clicked(l.clock.present())
	l.score(p)
	return game.Score{Clicks: p.at.clicks, Total: l.total()}, true
}

// score counts one click of a player on this server.
func (b *book) score(p *player) {
	b.stirred()
	if p.pending == 0 {
		if len(b.outbox.players) == 0 {
			b.isDue()
		}
		b.outbox.players = append(b.outbox.players, p)
	}
	p.pending++
	b.ahead++
	b.ranking.bump(p)
	b.shift(p)
}

// Standing is where the player stands now.
func (s *Session) Standing() game.Standing {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	s.resolve()
	return l.standing(s.name, s.player)
}

// resolve finds the player whom another session has made since, or forgets one
// who was deleted. The mutex is held.
func (s *Session) resolve() {
	if s.player == nil || s.player.gone {
		if p := s.ledger.lookup(s.name); p != nil {
			s.take(p)
		} else {
			s.player = nil
		}
	}
}

// take has the session play as a player, and be online as that one: a name may have
// come back with capitals, or without. The mutex is held.
func (s *Session) take(p *player) {
	s.player = p
	if p.name != s.online && !s.left {
		s.ledger.offline(s)
		s.ledger.comeOnline(s, p.name)
	}
}

// askKeys finds out what the keys of the name have to say, if that may have
// changed. The mutex is held.
func (s *Session) askKeys() {
	l := s.ledger
	if s.revision == l.keysRevision {
		return
	}
	s.revision = l.keysRevision
	keys := l.owner(s.name)
	s.refused = len(keys) > 0 && !s.pass.Kept && !game.HasKey(keys, s.pass.Key)
	s.unowned = len(keys) == 0 && !s.pass.Kept
	s.claim = len(keys) == 0 && s.pass.Claims && s.pass.Key != ""
}
