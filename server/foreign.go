package server

import "strings"

// ForeignClicks has clicks that were scored on other servers, by the players' names
// as the journal has them, spend what these players may score here. It returns at
// once, and touches only players who are here. Of a name that is everybody's each
// address has an allowance of its own, and that is for each server alone: other
// servers do not tell from where somebody clicked.
func (s *Server) ForeignClicks(clicks map[string]uint64) {
	for name, n := range clicks {
		if strings.ToLower(name) != name { // few have capitals, and only these are worth a look
			name = s.commands.LoginOf(name)
		}
		s.clicks.Spend(name, n)
	}
}
