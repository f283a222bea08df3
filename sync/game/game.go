// Package game is the core of Clickky: the replicated state machine, and the values that all
// packages share. Every server applies the same events in the same order and so has the same State.
// DESIGN.md explains why.
//
//   - Apply is deterministic: its outcome depends on the State and the event alone.
//   - A free name goes to the first key that claims it, in the order of the log.
//   - The global count never goes down, and a player's count only through an admin action.
//   - A click counts for the UTC day of its event.
//   - Names in an event are those its server knew. Apply follows later renames.
//
// A State is not safe for concurrent use.
package game
