package admission

// ConnStats is what a ConnLimiter has counted.
type ConnStats struct {
	// Waiting is how many connections have no session, and Playing how many have one.
	Waiting, Playing int
	// Accepted is how many connections were admitted, Refused how many were rejected, and
	// Evicted how many of the admitted were closed for others, because their logins were the
	// slowest.
	Accepted, Refused, Evicted uint64
	// Failed is how many sent something and ended before the login. Port scans and health
	// checks send nothing.
	Failed uint64
	// Rekeying is how many were closed because their clients rekeyed too often.
	Rekeying uint64
}

// Stats returns the counts. All but Waiting and Playing only grow.
func (l *ConnLimiter) Stats() ConnStats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.stats
	s.Waiting, s.Playing = len(l.waiting), len(l.playing)
	return s
}
