package tui_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"clickky/tui/tuitest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"clickky/sync/live"
	"clickky/tui"
)

// newcomers are players who have something to learn about their name, by what
// that is.
func newcomers() map[string]func(*tui.Options) {
	return map[string]func(*tui.Options){
		"keyless": func(o *tui.Options) { o.Guest = tui.Keyless },
		"shared":  func(o *tui.Options) { o.Guest, o.Name = tui.OnSharedName, "root" },
		"claims":  func(o *tui.Options) { o.Claims = true },
		"taken": func(o *tui.Options) {
			p := tuitest.Alice()
			p.Verdict = tui.Taken
			o.Guest, o.Player = tui.Keyless, p
		},
	}
}

// arrive is a newcomer's screen before the first click.
func arrive(t testing.TB, who string, width, height int) *tuitest.Screen {
	o := tuitest.Options(tuitest.Alice())
	newcomers()[who](&o)
	o.Width, o.Height = width, height
	return tuitest.New(t, o)
}

func TestGoldenNewcomers(t *testing.T) {
	down := tuitest.Snapshot()
	down.StoreDown, down.Unsaved = true, 1204
	for _, size := range [][2]int{{80, 24}, {120, 40}, {72, 17}, {40, 12}, {30, 8}, {30, 16}, {20, 4}} {
		for who := range newcomers() {
			t.Run(fmt.Sprintf("%dx%d-%s", size[0], size[1], who), func(t *testing.T) {
				s := arrive(t, who, size[0], size[1])
				if who == "taken" {
					s.Press("space")
				}
				golden.RequireEqual(t, tuitest.TrimLines(ansi.Strip(s.View())))
			})
		}
		t.Run(fmt.Sprintf("%dx%d-keyless-down", size[0], size[1]), func(t *testing.T) {
			s := arrive(t, "keyless", size[0], size[1]).Send(tui.SnapshotMsg{Snapshot: down})
			golden.RequireEqual(t, tuitest.TrimLines(ansi.Strip(s.View())))
		})
	}
}

// words are those of a line, without the mark of a guest, and without the
// labels that the smallest screens leave out when there is no room for them.
func words(line string) []string {
	return slices.DeleteFunc(strings.Fields(strings.Replace(line, "~", "", 1)), func(word string) bool {
		return word == "you" || word == "all" || word == "/"
	})
}

// TestGuestAdvicePushesNothingOut compares with the screen of a player without advice: a line
// may only differ by the mark, or where the other line is empty.
func TestGuestAdvicePushesNothingOut(t *testing.T) {
	t.Parallel()
	down := tuitest.Snapshot()
	down.StoreDown, down.Unsaved = true, 1204
	every := 5 // of these many sizes one is tried: every width and every height
	if tuitest.RaceEnabled {
		every = 13
	}
	for _, snap := range []*live.Snapshot{tuitest.Snapshot(), down} {
		for _, who := range []string{"keyless", "shared", "claims"} {
			s, other := arrive(t, who, 0, 0), tuitest.New(t, tuitest.Options(tuitest.Alice()))
			if who == "shared" {
				o := tuitest.Options(tuitest.Alice())
				o.Name = "root"
				other = tuitest.New(t, o)
			}
			for h := 1; h <= 45; h++ {
				for w := 10; w <= 130; w++ {
					if (w+h)%every != 0 {
						continue
					}
					requireSameBut(t, s.Send(tui.SnapshotMsg{Snapshot: snap}, tea.WindowSizeMsg{Width: w, Height: h}),
						other.Send(tui.SnapshotMsg{Snapshot: snap}, tea.WindowSizeMsg{Width: w, Height: h}))
				}
			}
		}
	}
}

func requireSameBut(t *testing.T, s, other *tuitest.Screen) {
	t.Helper()
	plain := strings.Split(ansi.Strip(other.View()), "\n")
	for i, line := range strings.Split(ansi.Strip(s.View()), "\n") {
		if want := words(plain[i]); len(want) > 0 && !slices.Equal(words(line), want) {
			t.Fatalf("line %d is %q instead of %q in\n%s", i, line, plain[i], s.View())
		}
	}
}

func TestGuestIsMarkedOnEverySize(t *testing.T) {
	board := tuitest.NewBoard(t, tuitest.Players()...)
	for _, guest := range []tui.Guest{tui.Keyless, tui.OnSharedName} {
		o := tuitest.Options(tuitest.Alice())
		o.Guest = guest
		o.Board = func(int) *live.Leaderboard { return board }
		s := tuitest.New(t, o)
		for size, want := range map[[2]int]string{
			{120, 40}: "~alice", {80, 24}: "~alice", {72, 17}: "~alice", {40, 12}: "~alice",
			{30, 8}: "~you 23,529", {20, 4}: "~you 23,529", {30, 1}: "~you 23,529",
		} {
			tuitest.RequireShows(t, s.Send(tea.WindowSizeMsg{Width: size[0], Height: size[1]}), want)
		}
		s.Send(tea.WindowSizeMsg{Width: 80, Height: 24}).Press("l")
		tuitest.RequireShows(t, s, "~you 23,529", "▸   17  ~alice", "  player001")
	}
}

func TestGuestMarkAndAdviceAreForGuestsOnly(t *testing.T) {
	s := tuitest.NewWithBoard(t, 80, 24, colorprofile.ASCII)
	tuitest.RequireHides(t, s, "~", "guest", "key", "first click")
	tuitest.RequireHides(t, s.Press("l"), "~")
	if got := s.Press("q").Model.Farewell(); strings.Contains(got, "~") {
		t.Errorf("farewell %q", got)
	}
}

func TestGuestAdviceFitsEverySize(t *testing.T) {
	for _, c := range []struct {
		who  string
		w, h int
		want string
	}{
		{"keyless", 120, 40, "~ guest: log in with an SSH key to own this name; make one with ssh-keygen and reconnect"},
		{"keyless", 80, 24, "~ guest: log in with an SSH key to own this name; ssh-keygen makes one"},
		{"keyless", 60, 20, "~ guest: own this name with an SSH key: ssh-keygen"},
		{"keyless", 40, 12, "~ guest: ssh-keygen, then reconnect"},
		{"keyless", 24, 16, "~ guest: use ssh-keygen"},
		{"shared", 80, 24, "~ guest: everybody shares root; for your own name, use ssh NAME@HOST"},
		{"shared", 66, 24, "~ guest: everybody shares root; your own name: ssh NAME@HOST"},
		{"shared", 60, 20, "~ guest: for your own name: ssh NAME@HOST"},
		{"shared", 40, 12, "~ guest: own name: ssh NAME@HOST"},
		{"shared", 24, 16, "~ guest: ssh NAME@HOST"},
	} {
		s := arrive(t, c.who, c.w, c.h)
		tuitest.RequireShows(t, s, c.want)
		tuitest.RequireShows(t, s.Press("space", "space"), c.want)
	}
}

func TestClaimHintEndsWithFirstCountedClick(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {72, 17}, {40, 12}, {30, 16}} {
		p := tuitest.Alice()
		p.Verdict = tui.TooFast
		o := tuitest.Options(p)
		o.Claims, o.Width, o.Height = true, size[0], size[1]
		s := tuitest.New(t, o)
		tuitest.RequireHides(t, s, "~")
		const want = "yours"
		tuitest.RequireShows(t, s, want)
		tuitest.RequireShows(t, s.Press("space"), want)
		p.Verdict = tui.Counted
		tuitest.RequireHides(t, s.Press("space"), want, "~")
		if got := s.Press("q").Model.Farewell(); strings.Contains(got, "yours") || strings.Contains(got, "~") {
			t.Errorf("farewell %q", got)
		}
	}
}

func TestClaimLostMeanwhileScoresNothing(t *testing.T) {
	for size, hint := range map[[2]int]string{
		{120, 40}: "this name now belongs to somebody's key",
		{80, 24}:  "this name now belongs to somebody's key",
		{40, 12}:  "this name now has an owner",
		{30, 8}:   "this name now has an owner",
		{20, 4}:   "name taken",
	} {
		s := arrive(t, "taken", size[0], size[1]).Press("space")
		tuitest.RequireShows(t, s, hint, "1,342,977", "23,529")
		tuitest.RequireHides(t, s, "guest") // its advice is no longer true
		if got := s.Press("q").Model.Farewell(); strings.Contains(got, "guest") {
			t.Errorf("farewell %q", got)
		}
	}
}

func TestFarewellAdvisesGuest(t *testing.T) {
	for who, want := range map[string]string{
		"keyless": `Thanks for playing clickky, ~alice!
  everybody     1,342,978
  you           23,530
  this session  1
  today         413, day 4 in a row
  your rank     #17 of 120
~ guest: log in with an SSH key to own this name; ssh-keygen makes one`,
		"shared": `Thanks for playing clickky, ~root!
  everybody     1,342,978
  you           23,530
  this session  1
  today         413, day 4 in a row
  your rank     #17 of 120
~ guest: everybody shares root; for your own name, use ssh NAME@HOST`,
	} {
		if got := arrive(t, who, 80, 24).Press("space", "q").Model.Farewell(); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	s := arrive(t, "keyless", 80, 24).Send(tui.EndMsg{Reason: "This name is somebody's now."})
	if got := s.Model.Farewell(); strings.Contains(got, "guest") || !strings.Contains(got, "~alice") {
		t.Errorf("after a reason of the server's: %q", got)
	}
}

func TestGuestNameMayHoldAnyBytes(t *testing.T) {
	for _, guest := range []tui.Guest{tui.Keyless, tui.OnSharedName} {
		for _, name := range tuitest.StrangeNames() {
			o := tuitest.HugeOptions(t)
			o.Name, o.Guest, o.Admin = name, guest, false
			s := tuitest.New(t, o)
			for _, size := range [][2]int{{130, 40}, {80, 24}, {72, 17}, {60, 30}, {40, 12}, {25, 16}, {24, 6}, {12, 3}, {9, 2}, {5, 1}} {
				s.Send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
				tuitest.RequireFits(t, s, size[0], size[1])
				if size[0] >= 40 {
					tuitest.RequireShows(t, s, "~")
				}
				tuitest.RequireFits(t, s.Press("l"), size[0], size[1])
				s.Press("l")
			}
			if got := s.Model.Farewell(); strings.ContainsAny(got, "\x1b\r\t\x00") {
				t.Errorf("farewell %q", got)
			}
		}
	}
}

func TestGuestAdviceIsCachedBetweenClicks(t *testing.T) {
	if tuitest.RaceEnabled {
		t.Skip("the race detector allocates")
	}
	allocations := func(guest tui.Guest) float64 {
		o := tuitest.Options(tuitest.Alice())
		o.Guest = guest
		var model tea.Model = tuitest.New(t, o).Press("space").Model
		space := tea.Msg(tuitest.KeyPress("space"))
		return testing.AllocsPerRun(200, func() { model, _ = model.Update(space) })
	}
	// The mark costs a name that is put together, and nothing else does.
	owner, guest := allocations(tui.NoGuest), allocations(tui.Keyless)
	if guest > owner+1 {
		t.Errorf("a click costs a guest %v allocations, an owner %v", guest, owner)
	}
}

func TestGuestUnchangedFrameCostsNothing(t *testing.T) {
	if tuitest.RaceEnabled {
		t.Skip("the race detector allocates")
	}
	allocations := func(guest tui.Guest) (view, update float64) {
		o := tuitest.Options(tuitest.Alice())
		o.Guest = guest
		model := tui.New(o)
		msg := tea.Msg(tui.SnapshotMsg{Snapshot: tuitest.Snapshot()})
		view = testing.AllocsPerRun(200, func() { _, _ = model.Layers() })
		return view, testing.AllocsPerRun(200, func() { _, _ = model.Update(msg) })
	}
	_, owner := allocations(tui.NoGuest)
	for _, guest := range []tui.Guest{tui.Keyless, tui.OnSharedName} {
		if view, update := allocations(guest); view != 0 || update > owner {
			t.Errorf("the view allocates %v times, the update %v instead of %v", view, update, owner)
		}
	}
}
