package server

import (
	"testing"

	"clickky/server/commands"
	"clickky/sync/game"
	"clickky/sync/ledger"
)

func TestNameSinceFollowsAdminActions(t *testing.T) {
	t.Parallel()
	rename := func(n uint64, from, to string) game.AuditRecord {
		return game.AuditRecord{Number: n, Kind: game.ActionRename, Target: from, Before: game.TargetState{Name: from}, After: game.TargetState{Name: to}}
	}
	s := &Server{Config: Config{Ledger: ledger.New()}}
	err := s.Ledger.Load(game.Contents{Records: []game.AuditRecord{
		rename(1, "alice", "alicia"), rename(2, "bob", "bobby"), rename(3, "alicia", "ali"),
		{Number: 4, Kind: game.ActionDelete, Target: "bobby", Before: game.TargetState{Name: "bobby"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"alice": "ali", "alicia": "ali", "bob": "bobby", "carol": "carol"} {
		if got := s.nameAfterRenames(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	is := (&Server{commands: &commands.Commands{}}).status()
	if is.Memory < 1<<20 || is.Goroutines == 0 || is.Now.IsZero() {
		t.Errorf("%+v", is)
	}
}

func BenchmarkMachine(b *testing.B) {
	b.ReportAllocs()
	s := &Server{commands: &commands.Commands{}}
	for range b.N {
		s.status()
	}
}
