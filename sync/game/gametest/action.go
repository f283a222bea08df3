package gametest

import (
	"math/rand/v2"
	"time"

	"clickky/sync/game"
)

// kinds are the kinds that RandomAction picks from. Those with the most edge cases come more often.
var kinds = []string{
	game.ActionSetCount, game.ActionRename, game.ActionRename, game.ActionDelete, game.ActionRelease, game.ActionBan,
	game.ActionUnban, game.ActionNote, game.ActionKick, game.ActionMessage, game.ActionUndo, game.ActionUndo, game.ActionUndo,
}

// RandomAction returns a random action on names from the function name. last is the number of the
// last action: undos revert one of the newest, or one that doesn't exist. Bans end at until.
func RandomAction(rng *rand.Rand, name func() string, last uint64, until time.Time) game.AdminAction {
	a := game.AdminAction{Kind: kinds[rng.IntN(len(kinds))], Admin: "boss", Key: "SHA256:boss", Reason: "why", Target: name()}
	switch a.Kind {
	case game.ActionSetCount:
		a.Clicks = rng.Uint64N(50)
	case game.ActionRename:
		a.To = name()
	case game.ActionBan, game.ActionUnban:
		a.Target = []string{"SHA256:x", "192.0.2.0/24"}[rng.IntN(2)]
		a.Until = until
	case game.ActionMessage, game.ActionNote:
		a.Text = "hello"
	case game.ActionUndo:
		a.Target = ""
		a.Number = last + 1 - rng.Uint64N(min(last, 7)+2)
	}
	return a.Normalize()
}
