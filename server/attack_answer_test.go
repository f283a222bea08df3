package server_test

import (
	"fmt"
	"time"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/game"
)

// manyPlayers returns enough players for a large answer.
func manyPlayers() []game.Player {
	n := 20_000
	if *long {
		n = 200_000
	}
	balances := make([]game.Player, n)
	for i := range balances {
		balances[i] = game.Player{Name: fmt.Sprintf("somebody-who-has-played%06d", i), Clicks: uint64(n - i)}
	}
	return balances
}

// closing is the type of the packet that closes a channel.
const closing = 97

// ask runs a command, and reads at most window bytes of its answer.
func (a *attacker) ask(line string, window uint32) *sshtest.Raw {
	a.Helper()
	r := a.login("alice")
	a.open(r, window)
	a.send(r, sshtest.ChannelRequest("exec", false, text(line)...))
	return r
}

// answerAttacks run commands with large answers, in a public game with many players.
var answerAttacks = []attack{
	{"large answers that nobody reads", 60, func(a *attacker) {
		for range a.times {
			a.ask("leaderboard --top 1000 --json", 10)
			a.ask("leaderboard --top 0", 10)
		}
		a.keepOn(time.Second/10, func() {})
	}},
	{"large answers again and again", 2, func(a *attacker) {
		lines := []string{"leaderboard --top 1000", "leaderboard --top 1000 --page 9 --json", "leaderboard --top 0", "leaderboard --top 1000 --csv"}
		n := 0
		a.keepOn(time.Second/10, func() {
			for range a.times {
				r := a.ask(lines[n%len(lines)], hugeSize)
				for packet, err := r.Receive(); err == nil && packet[0] != closing; packet, err = r.Receive() { //nolint:revive // thrown away
				}
				_ = r.Close()
				n++
			}
		})
	}},
}
