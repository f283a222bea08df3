package ledger

// Seat is one session of one player.
type Seat struct {
	ledger *Ledger
	name   string // the login name

	// The fields below are guarded by ledger.mu.
	player *player // nil until the player of this name scores
	online string  // the name under which the session counts as online
	left   bool
}

// Join adds a session of the player that the login name means. It writes
// nothing: a player exists from the first click. The caller must Leave.
func (l *Ledger) Join(name string) *Seat {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &Seat{ledger: l, name: name, player: l.lookup(name), online: name}
	if s.player != nil {
		s.online = s.player.name
	}
	l.online[s.online]++
	return s
}

// Leave ends the session. Leaving twice is the same as leaving once.
func (s *Seat) Leave() {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.left {
		return
	}
	s.left = true
	l.online[s.online]--
	if l.online[s.online] == 0 {
		delete(l.online, s.online)
	}
}

// Click adds one to the player's count and to the global count. The first
// click of a new name makes the player.
func (s *Seat) Click() Score {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.resolve(); s.player == nil {
		s.player = l.player(s.name)
	}
	p := s.player
	l.score(p)
	if p.pending == 0 {
		l.pending = append(l.pending, p)
	}
	p.pending++
	return Score{Clicks: p.at.clicks, Total: l.total}
}

// Standing is where the player stands now.
func (s *Seat) Standing() Standing {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	s.resolve()
	return l.standing(s.name, s.player)
}

// resolve finds the player whom another session has made since. The mutex is
// held.
func (s *Seat) resolve() {
	if s.player == nil {
		s.player = s.ledger.lookup(s.name)
	}
}
