package admission

// ConnStats is a ConnLimiter in numbers, for whoever watches over the server.
type ConnStats struct {
	// Waiting is how many connections are here that have no session, and
	// Playing how many have one or several.
	Waiting, Playing int
	// Accepted is how many have come in, Refused how many have not, because of
	// the crowd, and Evicted how many of those that had come in were closed to
	// make room, because they were the slowest to log in.
	Accepted, Refused, Evicted uint64
	// Failed is how many have said something and ended before they had logged
	// in. What looks whether the port is open says nothing.
	Failed uint64
	// Rekeying is how many were closed because their client asked for new keys
	// too often.
	Rekeying uint64
}

// Stats is how the limiter is now. All but Waiting and Playing only grows.
func (l *ConnLimiter) Stats() ConnStats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.count
	s.Waiting, s.Playing = len(l.waiting), len(l.playing)
	return s
}
