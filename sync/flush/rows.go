package flush

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"clickky/sync/ledger"
	"clickky/sync/store"
)

const (
	// The ledger forgets on every server what another one would not find in the store.
	_ = uint(store.LoadedRecords-ledger.KeptRecords) + uint(ledger.KeptRecords-store.LoadedRecords)
	// The store has room for what it remembers.
	_ = uint(store.MaxChoiceLength - ledger.MaxChoiceLength)
)

// batch is what the ledger wants to be saved, as the store takes it.
func (f *Flusher) batch(b ledger.Batch) (store.Batch, error) {
	batch := store.Batch{
		Journal: f.journal.ID(), From: b.From, To: b.To, Total: b.Total, Removed: b.Removed,
		Players: make([]store.Player, len(b.Players)),
		Owners:  make([]store.Owner, len(b.Owners)),
		Bans:    make([]store.Ban, len(b.Bans)),
		Audit:   make([]store.Record, len(b.Records)),
		Choices: make([]store.Choice, len(b.Choices)),
	}
	for i, p := range b.Players {
		batch.Players[i] = playerRow(p)
		batch.Players[i].Stored = b.Stored[i]
	}
	for i, o := range b.Owners {
		batch.Owners[i] = ownerRow(o)
	}
	for i, ban := range b.Bans {
		batch.Bans[i] = store.Ban(ban)
	}
	for i, c := range b.Choices {
		batch.Choices[i] = store.Choice(c)
	}
	for i, r := range b.Records {
		var err error
		if batch.Audit[i], err = recordRow(r); err != nil {
			return store.Batch{}, err
		}
	}
	return batch, nil
}

// contents is what was found in the store, as the ledger takes it.
func contents(players []ledger.Balance, s store.Snapshot) (ledger.Contents, error) {
	c := ledger.Contents{
		Players: players, Total: s.Total, Position: s.Position,
		Owners:  make([]ledger.Owner, len(s.Owners)),
		Bans:    make([]ledger.BanUntil, len(s.Bans)),
		Records: make([]ledger.Record, len(s.Audit)),
		Choices: make([]ledger.Choice, len(s.Choices)),
	}
	for i, row := range s.Owners {
		c.Owners[i] = ownerOf(row)
	}
	for i, row := range s.Bans {
		c.Bans[i] = ledger.BanUntil(row)
	}
	for i, row := range s.Choices {
		c.Choices[i] = ledger.Choice(row)
	}
	for i, row := range s.Audit {
		var err error
		if c.Records[i], err = recordOf(row); err != nil {
			return ledger.Contents{}, err
		}
	}
	return c, nil
}

// playerRow and balanceOf: the store has times where the ledger has numbers.
func playerRow(b ledger.Balance) store.Player {
	row := store.Player{Name: b.Name, Clicks: b.Clicks}
	if b.Seen != 0 {
		row.Seen = time.Unix(int64(b.Seen), 0).UTC()
	}
	return row
}

func balanceOf(row store.Player) ledger.Balance {
	b := ledger.Balance{Name: row.Name, Clicks: row.Clicks}
	if seen := row.Seen.Unix(); seen > 0 && seen <= math.MaxUint32 {
		b.Seen = uint32(seen)
	}
	return b
}

func recordRow(r ledger.Record) (store.Record, error) {
	before, err := json.Marshal(r.Before)
	if err != nil {
		return store.Record{}, fmt.Errorf("encode the state before action %d: %w", r.Number, err)
	}
	after, err := json.Marshal(r.After)
	if err != nil {
		return store.Record{}, fmt.Errorf("encode the state after action %d: %w", r.Number, err)
	}
	return store.Record{
		ID: r.Number, At: r.At, Who: r.Who, Key: r.Key, What: r.Do, Target: r.Target, Why: r.Why,
		Before: string(before), After: string(after), UndoneBy: r.UndoneBy,
	}, nil
}

func recordOf(row store.Record) (ledger.Record, error) {
	r := ledger.Record{
		Number: row.ID, At: row.At, Who: row.Who, Key: row.Key, Do: row.What, Target: row.Target, Why: row.Why,
		UndoneBy: row.UndoneBy,
	}
	if err := json.Unmarshal([]byte(row.Before), &r.Before); err != nil {
		return r, fmt.Errorf("decode the state before action %d: %w", row.ID, err)
	}
	if err := json.Unmarshal([]byte(row.After), &r.After); err != nil {
		return r, fmt.Errorf("decode the state after action %d: %w", row.ID, err)
	}
	return r, nil
}

func ownerRow(o ledger.Owner) store.Owner {
	row := store.Owner{Name: o.Name, Keys: make([]store.Key, len(o.Keys))}
	for i, k := range o.Keys {
		row.Keys[i] = store.Key(k)
	}
	return row
}

func ownerOf(row store.Owner) ledger.Owner {
	o := ledger.Owner{Name: row.Name, Keys: make([]ledger.Key, len(row.Keys))}
	for i, k := range row.Keys {
		o.Keys[i] = ledger.Key(k)
	}
	return o
}
