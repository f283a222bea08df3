package ledger

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"clickky/sync/game"
)

// SubmitActions proposes actions to the log, which applies them in this order, perhaps with others
// in between. It returns once the log has decided on all: the records of those that took effect,
// and for each of the others an error with game.ErrImpossible in its chain. If ctx ends first, it
// returns the context's error, and the actions may still take effect.
func (l *Ledger) SubmitActions(ctx context.Context, actions ...game.AdminAction) (records []game.AuditRecord, refused []error, err error) {
	proposed := make([]*proposal[game.AdminAction, game.Outcome], 0, len(actions))
	for _, a := range actions {
		a = a.Normalize()
		if err := a.Validate(); err != nil {
			refused = append(refused, err)
			continue
		}
		proposed = append(proposed, &proposal[game.AdminAction, game.Outcome]{a, make(chan game.Outcome, 1)})
	}
	l.mu.Lock()
	l.outbox.actions = append(l.outbox.actions, proposed...)
	l.outbox.notify()
	l.mu.Unlock()
	for _, p := range proposed {
		select {
		case o := <-p.done:
			if o.Err != nil {
				refused = append(refused, o.Err)
			} else {
				records = append(records, o.Record)
			}
		case <-ctx.Done():
			return nil, nil, context.Cause(ctx)
		}
	}
	return records, refused, nil
}

// AwaitRecords returns the records after a number, oldest first, and waits until there is one.
// Calling it repeatedly with the number of the last record returns the actions of all servers in
// the order of the log, unless the caller is more than game.KeptRecords behind. If ctx ends, it
// returns the context's error.
func (l *Ledger) AwaitRecords(ctx context.Context, after uint64) ([]game.AuditRecord, error) {
	for {
		l.mu.Lock()
		newer, more := slices.Clone(l.state.RecordsAfter(after)), l.newRecord
		l.mu.Unlock()
		if len(newer) > 0 {
			return newer, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// Audit returns at most limit kept records before a number, newest first; 0 starts at the newest.
func (l *Ledger) Audit(limit int, before uint64) []game.AuditRecord {
	l.mu.Lock()
	defer l.mu.Unlock()
	records := l.state.RecordsAfter(0)
	if before > 0 && before <= l.state.LastAction() {
		records = records[:len(records)-len(l.state.RecordsAfter(before-1))]
	}
	records = slices.Clone(records[max(0, len(records)-limit):])
	slices.Reverse(records)
	return records
}

// Banned returns the longest ban of a key or an address that lasts beyond a time; false if neither
// is banned. The key can be empty and the address invalid.
func (l *Ledger) Banned(key string, addr netip.Addr, at time.Time) (game.Ban, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state.Banned(key, addr, at)
}

// Bans returns the bans in force at a time, ordered by target.
func (l *Ledger) Bans(at time.Time) []game.Ban {
	l.mu.Lock()
	defer l.mu.Unlock()
	var lasting []game.Ban
	for target, until := range l.state.Bans() {
		if until.After(at) {
			lasting = append(lasting, game.Ban{Target: target, Until: until})
		}
	}
	slices.SortFunc(lasting, func(a, b game.Ban) int { return strings.Compare(a.Target, b.Target) })
	return lasting
}
