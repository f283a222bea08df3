package gate

// DoorStats is a door in numbers, for whoever watches over the server.
type DoorStats struct {
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

// Stats is how the door is now. All but Waiting and Playing only grows.
func (d *Door) Stats() DoorStats {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.count
	s.Waiting, s.Playing = len(d.waiting), len(d.playing)
	return s
}
