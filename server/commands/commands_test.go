package commands_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"clickky/server/commands"
	"clickky/server/identity"
	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/live"
)

func setup(t *testing.T) *commands.Commands {
	t.Helper()
	l := ledger.New()
	err := l.Load(game.Contents{Players: []game.Player{
		{Name: "alice", Clicks: 1_342_977},
		{Name: "bob", Clicks: 12},
		{Name: "carol", Clicks: 12},
		{Name: "ev\x1b[2Jil,\"x\"", Clicks: 3},
	}, Total: 2_000_000})
	if err != nil {
		t.Fatal(err)
	}
	l.Open()
	return &commands.Commands{Ledger: l, Live: live.New(l), Version: "v1.2.3", Started: time.Now()}
}

func player(t *testing.T, name string, admin bool) identity.Player {
	t.Helper()
	n, err := identity.ParseName(name)
	if err != nil {
		t.Fatal(err)
	}
	return identity.Player{Name: n, Admin: admin}
}

// run runs one command line.
func run(t *testing.T, c *commands.Commands, p identity.Player, line string) (status int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	status = c.Run(t.Context(), p, strings.Fields(line), &o, &e)
	return status, o.String(), e.String()
}

// TestLeaderboardCSVIsSafeForSpreadsheets has names that only old databases have. An import
// reads the cells back as the names.
func TestLeaderboardCSVIsSafeForSpreadsheets(t *testing.T) {
	names := []string{"alice", `=HYPERLINK("http://evil.example")`, "+1", "-1", "@SUM(A1)", "'=1", `a,"b"`}
	cells := []string{"alice", `'=HYPERLINK("http://evil.example")`, "'+1", "'-1", "'@SUM(A1)", "''=1", `a,"b"`}
	var balances []game.Player
	for i, name := range names {
		balances = append(balances, game.Player{Name: name, Clicks: uint64(100 - i)})
	}
	l := ledger.New()
	if err := l.Load(game.Contents{Players: balances, Total: 1000}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := commands.PrintLeaderboard(&out, live.New(l).Leaderboard(), commands.Format{CSV: true}); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 1+len(cells) {
		t.Fatalf("%v, %v", rows, err)
	}
	for i, cell := range cells {
		if got := rows[1+i][1]; got != cell {
			t.Errorf("%s is the cell %s, want %s", names[i], got, cell)
		}
	}
}

func TestCommandsAnswer(t *testing.T) {
	c := setup(t)
	alice, admin := player(t, "alice", false), player(t, "bob", true)
	for _, tc := range []struct {
		who    identity.Player
		line   string
		status int
		out    []string // all of these
		errs   string
	}{
		{alice, "help", 0, []string{"me [--json]", "stats", "watch"}, ""},
		{alice, "--help", 0, []string{"stats"}, ""},
		{alice, "stats -h", 0, []string{"watch"}, ""},
		{admin, "help", 0, []string{"leaderboard [--top=N] [--json] [--csv]"}, ""},
		{alice, "me", 0, []string{"alice", "1,342,977", "1 of 4"}, ""},
		{alice, "stats", 0, []string{"2,000,000", "never", "up"}, ""},
		{admin, "leaderboard", 0, []string{"1  ", "alice", "1,342,977", "ev·[2Jil"}, ""},
		{admin, "leaderboard --admin --top 1", 0, []string{"alice"}, ""},
		{admin, "--admin --csv", 0, []string{"rank,name,clicks\n1,alice,1342977\n2,bob,12\n2,carol,12\n4,\"ev·[2Jil,\"\"x\"\"\",3\n"}, ""},
		{alice, "leaderboard", 1, nil, "the leaderboard is for admins"},
		{alice, "--admin", 1, nil, "the leaderboard is for admins"},
		{admin, "leaderboard --json --csv", 2, nil, "can't be used together"},
		{admin, "leaderboard --top -1", 2, nil, "--top"},
		{admin, "leaderboard --top many", 2, nil, "--top"},
		{alice, "dance", 2, nil, "`help` lists the commands"},
		{alice, "scp -t /etc/passwd", 2, nil, "`help`"},
		{alice, "git-upload-pack '/a.git'", 2, nil, "there's no command `git-upload-pack`: `help` lists the commands. Clickky is a game: play it with ssh NAME@HOST"},
		{alice, "git-receive-pack '/a.git'", 2, nil, "game"},
		{alice, "scp -f a", 2, nil, "game"},
		{alice, "rsync --server --sender -vlogDtpre.iLsfxCIvu . a", 2, nil, "game"},
		{alice, "exec sh -c 'cd; umask 077; mkdir -p .ssh && cat >> .ssh/authorized_keys'", 2, nil, "game"},
		{alice, "exit", 2, nil, "game"},
		{alice, "subsystem sftp", 2, nil, "no command `sftp`"},
		{alice, "", 2, nil, "game"},
		{alice, strings.Repeat("x", 4000), 2, nil, "game"},
		{alice, "HELP", 0, []string{"stats", "version"}, ""},
		{alice, "Me", 0, []string{"1,342,977"}, ""},
		{alice, "version", 0, []string{"clickky v1.2.3\n"}, ""},
		{alice, "--version", 0, []string{"clickky v1.2.3\n"}, ""},
		{alice, "me --loud", 2, nil, "--loud"},
		{alice, "me you", 2, nil, "you"},
		{alice, "\x1b[2J", 2, nil, "·[2J"},
	} {
		status, out, errs := run(t, c, tc.who, tc.line)
		if status != tc.status || !strings.Contains(errs, tc.errs) || (tc.errs == "") != (errs == "") {
			t.Errorf("%q: status %d, errors %q; want %d, %q", tc.line, status, errs, tc.status, tc.errs)
		}
		if strings.Count(errs, "\n") > 1 {
			t.Errorf("%q: more than one line of errors: %q", tc.line, errs)
		}
		for _, want := range tc.out {
			if !strings.Contains(out, want) {
				t.Errorf("%q prints\n%s\nwithout %q", tc.line, out, want)
			}
		}
		if tc.out == nil && out != "" {
			t.Errorf("%q prints %q", tc.line, out)
		}
	}
}

func TestHelpHidesForbiddenCommands(t *testing.T) {
	c := setup(t)
	if _, out, _ := run(t, c, player(t, "alice", false), "help"); strings.Contains(out, "leaderboard") {
		t.Errorf("help tells everybody of the leaderboard:\n%s", out)
	}
	c.PublicLeaderboard = true
	if _, out, _ := run(t, c, player(t, "alice", false), "help"); !strings.Contains(out, "leaderboard") {
		t.Errorf("help does not tell of a public leaderboard:\n%s", out)
	}
	if status, out, errs := run(t, c, player(t, "alice", false), "leaderboard --top=1"); status != 0 || !strings.Contains(out, "alice") {
		t.Errorf("a public leaderboard: status %d, %q, %q", status, out, errs)
	}
}

func TestJSONKeysAreStable(t *testing.T) {
	c := setup(t)
	c.Ledger.Join("zoe")
	admin := player(t, "bob", true)
	object := func(line string) map[string]any {
		t.Helper()
		status, out, errs := run(t, c, admin, line)
		var got map[string]any
		if err := json.Unmarshal([]byte(out), &got); status != 0 || err != nil {
			t.Fatalf("%s: status %d, %v, %s%s", line, status, err, out, errs)
		}
		return got
	}
	wantMe := map[string]any{
		"name": "bob", "clicks": 12.0, "rank": 2.0, "claimed": false, "admin": true,
		"clicks_today": 0.0, "rank_today": 0.0, "days_in_a_row": 0.0,
	}
	if got := object("me --json"); !reflect.DeepEqual(got, wantMe) {
		t.Errorf("me = %v, want %v", got, wantMe)
	}
	got := object("stats --json")
	if _, ok := got["uptime_seconds"].(float64); !ok {
		t.Errorf("stats = %v, want uptime_seconds", got)
	}
	delete(got, "uptime_seconds")
	wantStats := map[string]any{
		"total": 2_000_000.0, "players": 4.0, "online": 1.0, "clicks_per_second": 0.0,
		"unsaved": 0.0, "last_flush": nil, "database": "up",
	}
	if !reflect.DeepEqual(got, wantStats) {
		t.Errorf("stats = %v, want %v", got, wantStats)
	}
	_, out, _ := run(t, c, admin, "leaderboard --json --top 2")
	if want := `[{"rank":1,"name":"alice","clicks":1342977},{"rank":2,"name":"bob","clicks":12}]` + "\n"; out != want {
		t.Errorf("leaderboard = %s, want %s", out, want)
	}
}

func TestLeaderboardOfDaysWithoutClicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ledger.New()
		long := game.Days{{Date: game.DateOf(time.Now()) - 40, Clicks: 7}}
		if err := l.Load(game.Contents{Players: []game.Player{{Name: "alice", Clicks: 7, Days: long}}}); err != nil {
			t.Fatal(err)
		}
		l.Open()
		c := &commands.Commands{Ledger: l, Live: live.New(l), Started: time.Now()}
		for line, want := range map[string]string{
			"leaderboard --today":        "Nobody has clicked today.\n",
			"leaderboard --days 1":       "Nobody has clicked today.\n",
			"leaderboard --days 30":      "Nobody has clicked in the last 30 days.\n",
			"leaderboard --today --json": "[]\n",
		} {
			if status, out, errs := run(t, c, player(t, "bob", true), line); status != 0 || out != want {
				t.Errorf("%s: status %d, %q, %s; want %q", line, status, out, errs, want)
			}
		}
	})
}

// TestDaysAreShown covers the leaderboards of days, and a player's own.
func TestDaysAreShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		today := game.DateOf(time.Now())
		l := ledger.New()
		err := l.Load(game.Contents{Total: 1000, Players: []game.Player{
			{Name: "alice", Clicks: 900, Days: game.Days{{Date: today - 3, Clicks: 7}, {Date: today, Clicks: 1}}},
			{Name: "bob", Clicks: 20, Days: game.Days{{Date: today - 1, Clicks: 2}, {Date: today, Clicks: 4}}},
			{Name: "carol", Clicks: 80},
		}})
		if err != nil {
			t.Fatal(err)
		}
		l.Open()
		c := &commands.Commands{Ledger: l, Live: live.New(l), Started: time.Now()}
		admin := player(t, "bob", true)
		for line, want := range map[string]string{
			"leaderboard --csv":                 "rank,name,clicks\n1,alice,900\n2,carol,80\n3,bob,20\n",
			"leaderboard --today --csv":         "rank,name,clicks\n1,bob,4\n2,alice,1\n",
			"leaderboard --days 1 --csv":        "rank,name,clicks\n1,bob,4\n2,alice,1\n",
			"leaderboard --days 3 --csv":        "rank,name,clicks\n1,bob,6\n2,alice,1\n",
			"leaderboard --days 4 --csv":        "rank,name,clicks\n1,alice,8\n2,bob,6\n",
			"leaderboard --days 400 --json":     `[{"rank":1,"name":"alice","clicks":8},{"rank":2,"name":"bob","clicks":6}]` + "\n",
			"leaderboard --today --top 1 --csv": "rank,name,clicks\n1,bob,4\n",
		} {
			if status, out, errs := run(t, c, admin, line); status != 0 || out != want {
				t.Errorf("%s: status %d, %q, %s; want %q", line, status, out, errs, want)
			}
		}
		for line, want := range map[string]string{
			"leaderboard --days 401":       "from 1 to 400",
			"leaderboard --days 0":         "from 1 to 400",
			"leaderboard --days=-1":        "from 1 to 400",
			"leaderboard --today --days 3": "--today",
		} {
			if status, _, errs := run(t, c, admin, line); status != 2 || !strings.Contains(errs, want) {
				t.Errorf("%s: status %d, %s; want %q", line, status, errs, want)
			}
		}
		if status, _, _ := run(t, c, player(t, "alice", false), "leaderboard --today"); status != 1 {
			t.Errorf("a player who isn't an admin sees who clicked today: status %d", status)
		}
		_, out, _ := run(t, c, admin, "me")
		if want := "4 clicks, rank 1 of 2, day 2 in a row"; !strings.Contains(out, want) {
			t.Errorf("me = %s, want %q", out, want)
		}
		_, out, _ = run(t, c, admin, "me --json")
		if want := `"clicks_today":4,"rank_today":1,"days_in_a_row":2}`; !strings.Contains(out, want) {
			t.Errorf("me = %s, want %s", out, want)
		}
		_, out, _ = run(t, c, player(t, "carol", false), "me")
		if !strings.Contains(out, "no clicks yet") {
			t.Errorf("me = %s", out)
		}
	})
}

func TestStatsShowStore(t *testing.T) {
	c := setup(t)
	c.Ledger.Join("bob").Click()
	c.Ledger.SetStoreHealth(true, false)
	_, out, _ := run(t, c, player(t, "bob", false), "stats --json")
	if !strings.Contains(out, `"unsaved":1`) || !strings.Contains(out, `"database":"down"`) {
		t.Errorf("stats = %s", out)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	c.Ledger.Apply(1, c.Ledger.Drain(10, 10), true)
	c.Ledger.Saved(c.Ledger.Unsaved(), at)
	_, out, _ = run(t, c, player(t, "bob", false), "stats --json")
	if !strings.Contains(out, `"last_flush":"2026-01-02T02:04:05Z","database":"up"`) {
		t.Errorf("stats = %s", out)
	}
}

func TestLeaderboardEmptyIsEmptyArray(t *testing.T) {
	var out bytes.Buffer
	if err := commands.PrintLeaderboard(&out, live.New(ledger.New()).Leaderboard(), commands.Format{JSON: true}); err != nil || out.String() != "[]\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestWatchPrintsLineForEachChange(t *testing.T) {
	c := setup(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go c.Live.Run(ctx)
	r, w := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- c.Run(ctx, player(t, "alice", false), []string{"watch", "--json"}, w, io.Discard)
		_ = w.Close()
	}()
	lines := bufio.NewScanner(r)
	next := func() (got map[string]any) {
		t.Helper()
		if !lines.Scan() {
			t.Fatal("watch has ended")
		}
		if err := json.Unmarshal(lines.Bytes(), &got); err != nil {
			t.Fatalf("%s: %v", lines.Bytes(), err)
		}
		return got
	}
	if got := next(); got["total"] != 2_000_000.0 || got["online"] != 0.0 || got["clicks_per_second"] != 0.0 || len(got) != 3 {
		t.Errorf("first line %v", got)
	}
	session := c.Ledger.Join("zo\u009be") // a name of the old version may contain anything
	if got := next(); got["online"] != 1.0 {
		t.Errorf("line after a player came: %v", got)
	}
	session.Click()
	if got := next(); got["total"] != 2_000_001.0 {
		t.Errorf("line after a click: %v", got)
	}
	c.Ledger.Apply(1, c.Ledger.Drain(10, 10), true)
	news := next()
	for news["event"] == nil { // the totals change, too
		news = next()
	}
	if news["event"] != "news" || news["kind"] != "newcomer" || news["name"] != "zo·e" || news["text"] != "~zo·e is new here" || news["at"] == nil || len(news) != 5 {
		t.Errorf("the news is %v", news)
	}
	stop()
	if status := <-done; status != 0 {
		t.Errorf("status %d", status)
	}
}
