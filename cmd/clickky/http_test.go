package main

import (
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"clickky/cmd/clickky/loadtest"
	"clickky/cmd/clickky/sshtest"
	"clickky/sync/store/mysql/mariadbtest"
)

var (
	answering = regexp.MustCompile(`serving HTTP.* flag=--http addr=(\S+)`)
	profiling = regexp.MustCompile(`serving HTTP.* flag=--pprof addr=(\S+)`)
)

// web returns where the program answers over HTTP.
func (p *program) web(t *testing.T) string {
	t.Helper()
	return p.address(t, answering)
}

// address returns the address that a line of the log has.
func (p *program) address(t *testing.T, line *regexp.Regexp) (addr string) {
	t.Helper()
	sshtest.Eventually(t, "the program answers over HTTP", func() bool {
		m := line.FindStringSubmatch(p.Log())
		if m != nil {
			addr = m[1]
		}
		return m != nil
	})
	return addr
}

// get asks for a page; status is 0 if there is no answer.
func get(t *testing.T, addr, path string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+path, nil)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	r.Close = true
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Error(err)
	}
	return answer.StatusCode, string(text)
}

// series are the values of metrics, as in "clickky_sessions{kind=screen}". Of a
// histogram there is the count.
type series map[string]float64

// families reads the metrics of a running program as Prometheus does.
func families(t *testing.T, addr string) map[string]*dto.MetricFamily {
	t.Helper()
	status, text := get(t, addr, "/metrics")
	parser := expfmt.NewTextParser(model.UTF8Validation)
	found, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if status != http.StatusOK || err != nil {
		t.Errorf("metrics: status %d, %v\n%.1000s", status, err, text)
	}
	return found
}

func scrape(t *testing.T, addr string) series {
	t.Helper()
	s := series{}
	for name, family := range families(t, addr) {
		for _, m := range family.GetMetric() {
			key := name
			for _, l := range m.GetLabel() {
				key += "{" + l.GetName() + "=" + l.GetValue() + "}"
			}
			s[key] = m.GetCounter().GetValue() + m.GetGauge().GetValue() +
				float64(m.GetHistogram().GetSampleCount()+m.GetSummary().GetSampleCount())
		}
	}
	return s
}

// scrapeUntil scrapes again and again until over is closed.
func scrapeUntil(t *testing.T, at string, over <-chan struct{}) {
	t.Helper()
	for last := 0.0; ; {
		s := scrape(t, at)
		if s["clickky_clicks_total"] < last {
			t.Errorf("%v clicks after %v", s["clickky_clicks_total"], last)
		}
		last = s["clickky_clicks_total"]
		select {
		case <-over:
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// playTogether runs 30 players, five of whom click, and players with the given names, who click
// that often each.
func playTogether(t *testing.T, p *program, each uint64, names ...string) {
	t.Helper()
	var playing sync.WaitGroup
	playing.Go(func() {
		report, err := loadtest.Run(t.Context(), loadtest.Config{Targets: []loadtest.Target{{Addr: p.Addr}}, Players: 30, Clickers: 5, Rate: 10, Settle: time.Second / 2, For: 2 * time.Second})
		if err != nil || report.Connected != 30 {
			t.Errorf("%d of 30 play: %v", report.Connected, err)
		}
	})
	for _, name := range names {
		screen := play(t, p, name)
		playing.Go(func() {
			for c := (&clicker{screen: screen}); c.count < each; {
				// More than twenty presses a second, or presses as even as the frames that show them,
				// may be a held key.
				time.Sleep(rand.N(120 * time.Millisecond))
				if !c.click() {
					t.Errorf("a click of %s is not on the screen", name)
					return
				}
			}
		})
	}
	playing.Wait()
}

// TestMetricsUnderLoadEqualClicks scrapes while a swarm plays, and compares with the database
// in the end.
func TestMetricsUnderLoadEqualClicks(t *testing.T) {
	t.Parallel()
	db := mariadbtest.New(t)
	p := start(t, t.TempDir(), "--db", db.URL, "--flush-every", "100ms", "--max-rate", "1000", "--http", "127.0.0.1:0")
	at := p.web(t)
	sshtest.Eventually(t, "the game is open", func() bool { return scrape(t, at)["clickky_game_open"] == 1 })
	before := scrape(t, at)
	over := make(chan struct{})
	var scraping sync.WaitGroup
	scraping.Go(func() { scrapeUntil(t, at, over) })
	const each = 50
	names := []string{"ann", "ben", "cid", "dot"}
	playTogether(t, p, each, names...)
	close(over)
	scraping.Wait()

	var total uint64
	var s series
	conn := db.Open(t)
	sshtest.Eventually(t, "all is saved, and the swarm has gone", func() bool {
		s = scrape(t, at)
		_, total = counts(t, conn, "")
		return s["clickky_unsaved_clicks"] == 0 && float64(total) == s["clickky_global_clicks"] &&
			s["clickky_players_online"] == 4 && s["clickky_sessions{kind=screen}"] == 4 && s["clickky_connections_playing"] == 4
	})
	for _, name := range names {
		if clicks, _ := counts(t, conn, name); clicks != each {
			t.Errorf("%s has %d clicks, want %d", name, clicks, each)
		}
	}
	if s["clickky_clicks_total"] != float64(total) || total <= each*4 {
		t.Errorf("%v clicks are counted, the database has %d", s["clickky_clicks_total"], total)
	}
	for name := range s {
		if _, ok := before[name]; !ok {
			t.Errorf("%s came by playing", name)
		}
	}
	checkAfterLoad(t, s)
	p.terminate(t)
}

// checkAfterLoad checks what is known of a server on which that was played.
func checkAfterLoad(t *testing.T, s series) {
	t.Helper()
	for name, want := range (series{
		"clickky_logins_total{result=played}": 34, "clickky_connections_accepted_total": 34, "clickky_handshakes_failed_total": 0,
		"clickky_players": 9, "clickky_clicks_ignored_total{reason=too_fast}": 0, "clickky_flush_failures_total": 0,
		"clickky_database_up": 1, "clickky_database_owned": 1, "clickky_database_lag_events": 0,
		"clickky_journal_up": 1, "clickky_journal_lag_events": 0, "clickky_unjournaled_clicks": 0, "clickky_journal_append_failures_total": 0,
	}) {
		if got, ok := s[name]; !ok || got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	for name, least := range (series{
		"clickky_journal_append_duration_seconds": 10, "clickky_flush_duration_seconds": 5, "clickky_journal_last_sequence": 10,
		"clickky_frame_lateness_seconds": 100, "clickky_terminal_writes_total": 300, "clickky_terminal_bytes_total": 30_000,
		"clickky_flush_rows_total{kind=player}": 9, "go_goroutines": 10, "process_resident_memory_bytes": 1 << 20,
		"clickky_flush_last_success_timestamp_seconds": float64(time.Now().Add(-time.Minute).Unix()),
	}) {
		if s[name] < least {
			t.Errorf("%s is %v, want at least %v", name, s[name], least)
		}
	}
}

func TestMetricsCountRejectedClicksAndLogins(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir(), "--max-rate", "5", "--http", "127.0.0.1:0")
	at := p.web(t)
	alice := play(t, p, "alice", sshtest.Signer(t, 1))
	alice.Type(t, strings.Repeat(" ", 40))
	sshtest.Eventually(t, "all presses are judged", func() bool {
		s := scrape(t, at)
		return s["clickky_clicks_total"]+s["clickky_clicks_ignored_total{reason=too_fast}"]+s["clickky_clicks_ignored_total{reason=held}"] == 40 &&
			s["clickky_clicks_ignored_total{reason=too_fast}"] > 0
	})
	sshtest.Dial(t, p.Addr, "alice", sshtest.Signer(t, 2)).Run(t, "", true)
	sshtest.Dial(t, p.Addr, "no\nname").Run(t, "", true)
	sshtest.Dial(t, p.Addr, "bob").Run(t, "me", false)
	s := scrape(t, at)
	for name, want := range (series{
		"clickky_logins_total{result=played}": 1, "clickky_logins_total{result=refused_key}": 1,
		"clickky_logins_total{result=refused_name}": 1, "clickky_logins_total{result=command}": 1,
	}) {
		if s[name] != want {
			t.Errorf("%s is %v, want %v", name, s[name], want)
		}
	}
	if _, text := get(t, at, "/metrics"); strings.Contains(text, "alice") || strings.Contains(text, "bob") {
		t.Error("a player's name is in the metrics")
	}
	p.terminate(t)
}

func TestProfilesOfRunningServerNeedLoopback(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir(), "--http", "127.0.0.1:0", "--pprof", "127.0.0.1:0")
	defer p.terminate(t)
	at := p.address(t, profiling)
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/goroutine?debug=2"} {
		if status, _ := get(t, at, path); status != http.StatusOK {
			t.Errorf("%s: status %d, want 200", path, status)
		}
		if status, _ := get(t, p.web(t), path); status != http.StatusNotFound {
			t.Errorf("%s on --http: status %d, want 404", path, status)
		}
	}
	for _, path := range []string{"/debug/pprof/cmdline", "/metrics", "/livez"} {
		if status, body := get(t, at, path); status != http.StatusNotFound {
			t.Errorf("%s on --pprof: %d %s", path, status, body)
		}
	}
	sshtest.Eventually(t, "the game is open", func() bool {
		status, body := get(t, p.web(t), "/readyz")
		return status == http.StatusOK && body == "ok\n"
	})
}
