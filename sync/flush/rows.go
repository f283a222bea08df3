package flush

import (
	"clickky/sync/game"
	"clickky/sync/store"
)

// contents returns what was found in the store.
func contents(players []game.Player, s store.Snapshot) game.Contents {
	return game.Contents{
		Players: players, Total: s.Total, Position: s.Position,
		Owners: s.Owners, Preferences: s.Preferences, Bans: s.Bans, Records: s.Records,
	}
}
