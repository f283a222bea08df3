package mysql

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
	"clickky/sync/store/mysql/mariadbtest"
)

// refusalCases are the ways in which a server permanently rejects a row.
var refusalCases = map[string]struct {
	setup   []string
	refused game.Player
	says    string
}{
	"a name that is too long": {
		refused: game.Player{Name: strings.Repeat("x", 101), Clicks: 1}, says: "1406",
	},
	"bytes that are no letters": {
		refused: game.Player{Name: "mal\xffory", Clicks: 1}, says: "1366",
	},
	"a count that does not fit": {
		setup:   []string{"ALTER TABLE users MODIFY user_count INT UNSIGNED NOT NULL"},
		refused: game.Player{Name: "mallory", Clicks: 1 << 32}, says: "1264",
	},
	"a constraint": {
		setup:   []string{"ALTER TABLE users ADD CONSTRAINT fair CHECK (user_count < 1000)"},
		refused: game.Player{Name: "mallory", Clicks: 1000}, says: "4025",
	},
	"a constraint on days": {
		setup:   []string{"ALTER TABLE clickky_days ADD CONSTRAINT fair CHECK (clicks < 1000)"},
		refused: game.Player{Name: "mallory", Clicks: 1000, Days: game.Days{{Date: game.DateOf(time.Now()), Clicks: 1000}}}, says: "4025",
	},
	"another key": {
		setup: []string{
			"CREATE TABLE seen (n BIGINT UNSIGNED PRIMARY KEY)", "INSERT INTO seen VALUES (666)",
			"CREATE TRIGGER look BEFORE INSERT ON users FOR EACH ROW" +
				" IF NEW.user_count = 666 THEN INSERT INTO seen VALUES (NEW.user_count); END IF",
		},
		refused: game.Player{Name: "mallory", Clicks: 666}, says: "1062",
	},
	"a foreign key": {
		setup: []string{
			"CREATE TABLE allowed (n BIGINT UNSIGNED PRIMARY KEY)", "INSERT INTO allowed VALUES (2)",
			"ALTER TABLE users ADD FOREIGN KEY (user_count) REFERENCES allowed (n)",
		},
		refused: game.Player{Name: "mallory", Clicks: 3}, says: "1452",
	},
	"a trigger with a number of its own": {
		setup: []string{
			"CREATE TRIGGER bounce BEFORE INSERT ON users FOR EACH ROW IF NEW.username = 'mallory'" +
				" THEN SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 31000, MESSAGE_TEXT = 'out'; END IF",
		},
		refused: game.Player{Name: "mallory", Clicks: 3}, says: "31000",
	},
}

// TestSaveRejectsOnePlayer rejects one player, in each way, and saves the others.
func TestSaveRejectsOnePlayer(t *testing.T) {
	t.Parallel()
	for name, test := range refusalCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := mariadbtest.New(t)
			s := migrated(t, database.URL)
			db := database.Open(t)
			for _, statement := range test.setup {
				mustExec(t, db, statement)
			}
			b := nextBatch(t, s, batch(2, "alice", "zoe"))
			b.Players = append(b.Players, test.refused)
			rejected, err := s.Save(t.Context(), b)
			want := game.Player{Name: test.refused.Name, Clicks: test.refused.Clicks}
			if err != nil || len(rejected) != 1 || !reflect.DeepEqual(rejected[0].Player, want) {
				t.Fatalf("Save: %v, %v; want %v rejected", rejected, err, want)
			}
			reason := strings.Replace(rejected[0].Reason, "Error 3819", "Error 4025", 1) // as MySQL numbers it
			if !strings.Contains(reason, test.says) || len([]rune(reason)) > 500 {
				t.Errorf("the reason is %q, want error %s", reason, test.says)
			}
			again, err := s.Rejected(t.Context())
			if err != nil || len(again) != 1 || !reflect.DeepEqual(again[0], rejected[0]) {
				t.Errorf("Rejected: %v, %v; want %v", again, err, rejected)
			}
			if got := scalar(t, db, "SELECT GROUP_CONCAT(username, user_count ORDER BY username) FROM users"); got != "alice2,zoe2" {
				t.Errorf("users holds %s", got)
			}
		})
	}
}

// TestSaveTableErrorRejectsNobody holds that an error of the whole table rejects no player.
func TestSaveTableErrorRejectsNobody(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	s := migrated(t, database.URL)
	mustSave(t, s, batch(1, "alice"))
	b := nextBatch(t, s, batch(2, "alice", "bob"))
	db := database.Open(t)
	mustExec(t, db, "ALTER TABLE users CHANGE user_count other_name BIGINT UNSIGNED NOT NULL")
	rejected, err := s.Save(t.Context(), b)
	if err == nil || len(rejected) > 0 || errors.Is(err, store.ErrUnknown) {
		t.Errorf("Save: %v, %v; want an error", rejected, err)
	}
	mustExec(t, db, "ALTER TABLE users CHANGE other_name user_count BIGINT UNSIGNED NOT NULL")
	wantPosition(t, s, 1, 1)
	if rejected, err := s.Rejected(t.Context()); err != nil || len(rejected) > 0 {
		t.Errorf("Rejected: %v, %v; want none", rejected, err)
	}
}
