// Package game is the core of Clickky: the replicated state machine, and the values that everybody
// shares. A State is what the events of the log have led to, and Apply is the only way to change
// it. Every server applies the same events in the same order and so has the same State.
//
// It guarantees that
//   - Apply is deterministic: its outcome depends on the State and the event alone;
//   - a name that belongs to nobody goes to one key only, the first in the order of the log;
//   - the global count never goes down, and a player's count only through an admin action;
//   - an event follows whoever was renamed since it was written.
//
// The package needs nothing but the standard library and has no clock, no mutex and no goroutine.
// A State is not safe for concurrent use. JSON forms are part of the formats of log and database.
package game
