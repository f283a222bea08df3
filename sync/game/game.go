// Package game is the core of Clickky: the replicated state machine, and the values that everybody
// shares. A State is what the events of the log have led to, and Apply is the only way to change
// it. Every server applies the same events in the same order and so has the same State.
//
// It guarantees that
//   - Apply is deterministic: its outcome depends on the State and the event alone;
//   - a name that belongs to nobody goes to one key only, the first in the order of the log; clicks
//     go by the name, so those of somebody whose claim came too late count for who got it;
//   - the global count never goes down, and a player's count only through an admin action;
//   - the names in an event are those that its server knew (Event.LastAction), and Apply follows
//     later renames, as far back as KeptRecords actions.
//
// The package needs nothing but the standard library and has no clock, no mutex and no goroutine.
// A State is not safe for concurrent use. JSON forms are part of the formats of log and database.
package game
