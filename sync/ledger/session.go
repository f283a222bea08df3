package ledger

import "clickky/sync/game"

// Session is one session of a player on this server. A player can have several.
type Session struct {
	ledger *Ledger

	// The fields below are guarded by ledger.mu.
	credentials Credentials
	name        string  // the login name
	player      *player // nil until a player with this name clicks
	online      string  // the name under which the session counts as online
	ended       bool
	hidden      bool // People leaves the player out

	// The result of checkOwner at a revision of the keys; 0: not checked yet.
	revision uint64
	rejected bool
	unowned  bool // the name has no owner, and Unchecked isn't set
	claims   bool // the next click claims the name
}

// Credentials are what a session shows to play under its name.
type Credentials struct {
	// Key is the fingerprint of the proved key; empty if there is none.
	Key string
	// Claims reports whether the first click claims the name for Key, if the name is free by then.
	Claims bool
	// Unchecked reports whether the caller itself decides who may play under the name; then clicks
	// don't check its keys.
	Unchecked bool
}

// Join adds a session for a login name, without a key. It changes no counts: a player is created by
// the first click. The caller must Leave.
func (l *Ledger) Join(name string) *Session { return l.JoinWith(name, Credentials{}) }

// JoinWith is Join with a key. The session hides if that is the player's preference.
func (l *Ledger) JoinWith(name string, credentials Credentials) *Session {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &Session{
		ledger: l, name: name, credentials: credentials, player: l.lookup(name),
		hidden: game.IsHidden(l.preference(name, credentials.Key)),
	}
	if s.player != nil {
		l.online.add(s, s.player.name)
	} else {
		l.online.add(s, name)
	}
	l.wake()
	return s
}

// online has the sessions on this server. The ledger's mutex guards it.
type online struct {
	sessions map[string]map[*Session]struct{} // by name
	revision uint64                           // incremented when a name goes online or offline, or hides
}

// add counts a session as online under a name.
func (o *online) add(s *Session, name string) {
	s.online = name
	sessions := o.sessions[name]
	if sessions == nil {
		sessions = make(map[*Session]struct{}, 1)
		o.sessions[name] = sessions
		o.revision++
	}
	sessions[s] = struct{}{}
}

// remove undoes add.
func (o *online) remove(s *Session) {
	sessions := o.sessions[s.online]
	delete(sessions, s)
	if len(sessions) == 0 {
		delete(o.sessions, s.online)
		o.revision++
	}
}

// Name returns the login name under which the session plays. A rename changes it; then AwaitRecords
// returns a record, and Snapshot.Keys changes.
func (s *Session) Name() string {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	return s.name
}

// SetCredentials replaces the session's credentials.
func (s *Session) SetCredentials(credentials Credentials) {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	s.credentials, s.revision = credentials, 0
}

// Leave ends the session. Calling it again does nothing.
func (s *Session) Leave() {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.ended {
		return
	}
	s.ended = true
	l.wake()
	l.online.remove(s)
	if p := l.playerByName(s.online); p != nil && l.online.sessions[s.online] == nil {
		l.disconnect(p)
	}
}

// Click adds one to the player's count and to the global count. The first click under a new name
// creates the player. It counts nothing if the name now belongs to another key.
func (s *Session) Click() game.Score {
	score, _ := s.click(true)
	return score
}

// ClickUnlessNew is Click, but does nothing and returns false if the click would claim the name, or
// create a player under a name without an owner.
func (s *Session) ClickUnlessNew() (game.Score, bool) { return s.click(false) }

func (s *Session) click(mayBeNew bool) (game.Score, bool) {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.checkOwner(); s.rejected {
		return game.Score{Rejected: true}, true
	}
	s.resolvePlayer()
	if !mayBeNew && s.unowned && (s.claims || s.player == nil) {
		return game.Score{}, false
	}
	if s.claims {
		l.claim(s.name, s.credentials.Key)
	}
	if s.player == nil {
		s.setPlayer(l.addNewPlayer(s.name))
	}
	p := s.player
	l.startDay()
	p.recordClick(&l.clock.moment)
	score := game.Score{}
	if passed := l.addClick(p); passed != nil {
		score.Passed = l.passedNews(passed)
	}
	score.Clicks, score.Total = p.tier.clicks, l.total()
	return score, true
}

// addClick counts one click of a player on this server. It returns a player whom the click passed;
// nil if none is known.
func (g *guarded) addClick(p *player) (passed *player) {
	g.wake()
	if p.pending == 0 {
		if len(g.outbox.players) == 0 {
			g.outbox.notify()
		}
		g.outbox.players = append(g.outbox.players, p)
	}
	p.pending++
	g.unlogged++
	from := p.tier
	g.ranking.increment(&p.place)
	g.today.click(p, g.clock.part)
	g.changes.mark(p)
	return p.pass(from)
}

// Standing returns the player's current place.
func (s *Session) Standing() game.Standing {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	s.resolvePlayer()
	now := l.standing(s.name, s.player)
	if s.player != nil {
		s.player.becomeMember()
		now.PassedBy = l.passedByNews(s.player)
	}
	return now
}

// resolvePlayer finds the player that another session has created, or forgets one that was removed.
// The mutex is held.
func (s *Session) resolvePlayer() {
	if s.player == nil || s.player.removed {
		if p := s.ledger.lookup(s.name); p != nil {
			s.setPlayer(p)
		} else {
			s.player = nil
		}
	}
}

// setPlayer connects the session with a player, and counts it as online under that player's name,
// which can differ in capitals. The mutex is held.
func (s *Session) setPlayer(p *player) {
	s.player = p
	if p.name != s.online && !s.ended {
		s.ledger.online.remove(s)
		s.ledger.online.add(s, p.name)
	}
}

// checkOwner decides again whether the session may play and claim the name, if any keys have
// changed. The mutex is held.
func (s *Session) checkOwner() {
	l := s.ledger
	if s.revision == l.keysRevision {
		return
	}
	s.revision = l.keysRevision
	keys := l.owner(s.name)
	s.rejected = len(keys) > 0 && !s.credentials.Unchecked && !game.HasKey(keys, s.credentials.Key)
	s.unowned = len(keys) == 0 && !s.credentials.Unchecked
	s.claims = len(keys) == 0 && s.credentials.Claims && s.credentials.Key != ""
}
