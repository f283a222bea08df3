package main

import (
	"database/sql"
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/dustin/go-humanize"
	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
)

// play opens a screen of a player.
func play(t *testing.T, p *program, name string, keys ...gossh.Signer) *sshtest.Screen {
	t.Helper()
	s := sshtest.Dial(t, p.Addr, name, keys...).Play(t, 80, 24)
	s.WaitFor(t, "here", "space click")
	return s
}

// clicker is a player who clicks and remembers what the screen said when.
type clicker struct {
	screen *sshtest.Screen
	seen   []sighting
	count  uint64 // clicks made so far
}

// sighting is a count on the screen, and since when.
type sighting struct {
	at    time.Time
	count uint64
}

// click makes one click; it reports whether it was seen on the screen, which is
// not the case when the server is gone.
func (c *clicker) click() bool {
	time.Sleep(rand.N(10 * time.Millisecond)) // as unevenly as fingers: a held key repeats evenly
	if !c.screen.TryType(" ") {
		return false
	}
	c.count++
	want := "clicks   " + humanize.Comma(int64(c.count)) + " "
	if !c.screen.Appears(want) {
		return false
	}
	c.seen = append(c.seen, sighting{time.Now(), c.count})
	return true
}

// safe is the count that must survive a kill at that moment.
func (c *clicker) safe(killed time.Time, mayLose time.Duration) uint64 {
	var count uint64
	for _, s := range c.seen {
		if killed.Sub(s.at) >= mayLose {
			count = s.count
		}
	}
	return count
}

// clicksOf asks the server for a player's count.
func clicksOf(t *testing.T, p *program, name string, keys ...gossh.Signer) uint64 {
	t.Helper()
	r := sshtest.Dial(t, p.Addr, name, keys...).Run(t, "me --json", false)
	var me struct {
		Clicks uint64 `json:"clicks"`
	}
	if err := json.Unmarshal([]byte(r.Out), &me); err != nil {
		t.Fatalf("%v: %+v", err, r)
	}
	return me.Clicks
}

// counts reads the player's count and the global count from the database. It checks that the player's
// days add up to the count.
func counts(t *testing.T, db *sql.DB, name string) (clicks, total uint64) {
	t.Helper()
	return countsBesides(t, db, name, 0)
}

// countsBesides is counts for a player who has some clicks without a day, because an admin set or
// imported the count, or the database rejected it.
func countsBesides(t *testing.T, db *sql.DB, name string, dayless uint64) (clicks, total uint64) {
	t.Helper()
	var days uint64
	row := db.QueryRowContext(t.Context(), "SELECT COALESCE((SELECT user_count FROM users WHERE username = ?), 0),"+
		" COALESCE((SELECT count FROM global_count WHERE id = 1), 0),"+
		" COALESCE((SELECT SUM(clicks) FROM clickky_days JOIN users ON id = user_id WHERE username = ?), 0)", name, name)
	if err := row.Scan(&clicks, &total, &days); err != nil {
		t.Fatal(err)
	}
	if days+dayless != clicks {
		t.Errorf("%s has %d clicks, %d of them by day; %d should have no day", name, clicks, days, dayless)
	}
	return clicks, total
}

// endLease does what time does.
func endLease(t *testing.T, conn *sql.DB) {
	t.Helper()
	if _, err := conn.ExecContext(t.Context(), "UPDATE clickky_state SET lease_until = '2000-01-01' WHERE id = 1"); err != nil {
		t.Fatal(err)
	}
}
