package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"clickky/cmd/clickky/sshtest"
	"clickky/server/admission"
	"clickky/server/commands"
	"clickky/server/identity"
	"clickky/server/web"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
	"clickky/sync/live"
)

// site is a served page, and the game behind it.
type site struct {
	addr     string
	game     *ledger.Ledger
	commands *commands.Commands
	page     *web.Server
}

// serve serves the page of a game until the test ends. The settings may change its configuration.
func serve(t *testing.T, l *ledger.Ledger, settings func(*web.Config)) *site {
	t.Helper()
	tcp, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, stop := serveOn(t, tcp, l, settings)
	t.Cleanup(stop)
	s.addr = tcp.Addr().String()
	return s
}

func serveOn(t *testing.T, at net.Listener, l *ledger.Ledger, settings func(*web.Config)) (*site, func()) {
	t.Helper()
	v := live.New(l)
	s := &site{game: l, commands: &commands.Commands{Ledger: l, Live: v, Started: time.Now()}}
	c := web.Config{
		Live: v, Loaded: l.Loaded(), GameStats: s.commands.Stats, Join: web.Address{Port: "2222"}, Log: slog.New(slog.DiscardHandler),
	}
	if settings != nil {
		settings(&c)
	}
	s.page = web.New(c)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { v.Run(ctx) })
	running.Go(func() {
		if err := s.page.Serve(at); err != nil {
			t.Error(err)
		}
	})
	return s, func() {
		s.page.Close()
		cancel()
		running.Wait()
	}
}

// proxies are the proxies of a test, which are all of this machine.
func proxies(t *testing.T) *admission.Proxies {
	t.Helper()
	p, err := admission.ParseProxies([]string{"127.0.0.0/8", "192.0.2.9"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ask sends a request with headers, each a name and a value.
func (s *site) ask(t *testing.T, method, path string, headers ...string) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), sshtest.Patience)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, method, "http://"+s.addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

// get returns the body of an answer of status 200.
func (s *site) get(t *testing.T, path string, headers ...string) string {
	t.Helper()
	answer := s.ask(t, http.MethodGet, path, headers...)
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v, %s", path, answer.StatusCode, err, text)
	}
	return string(text)
}

// event is an event of the stream.
type event struct{ name, data string }

// stream is a stream of events.
type stream struct{ lines *bufio.Scanner }

func (s *site) stream(t *testing.T, headers ...string) *stream {
	t.Helper()
	answer := s.ask(t, http.MethodGet, "/events", headers...)
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("events: status %d", answer.StatusCode)
	}
	return &stream{bufio.NewScanner(answer.Body)}
}

// until reads events until one has a name, and data that contain a text.
func (s *stream) until(t *testing.T, name, text string) event {
	t.Helper()
	var e event
	for s.lines.Scan() {
		if after, ok := strings.CutPrefix(s.lines.Text(), "event: "); ok {
			e.name = after
		}
		if after, ok := strings.CutPrefix(s.lines.Text(), "data: "); ok {
			e.data = after
			if e.name == name && strings.Contains(e.data, text) {
				return e
			}
		}
	}
	t.Fatalf("the stream ended before %s with %s: %v", name, text, s.lines.Err())
	return e
}

func TestPageShowsCountAndHowToJoin(t *testing.T) {
	s := serve(t, ledgertest.Loaded(t, 1_342_977), nil)
	page := s.get(t, "/")
	for _, text := range []string{
		`<strong id="total">1,342,977</strong> <span id="players">clicks by 0 players</span>`, `viewBox="0 0 77 14"`, `<use href="#glyph," x="10"/>`,
		`<code id="command">ssh -p 2222 localhost</code>`, "1,157,023 more to 2,500,000", "Windows", "Termux",
		`content="http://` + strings.Replace(s.addr, "127.0.0.1", "localhost", 1) + `/card.png"`,
	} {
		if !strings.Contains(page, text) {
			t.Errorf("the page lacks %s", text)
		}
	}
}

// TestPageTrustsHostOfProxiesOnly asks for the page under other names.
func TestPageTrustsHostOfProxiesOnly(t *testing.T) {
	play := []string{"Host", "play.example.org", "X-Forwarded-Proto", "https"}
	for name, c := range map[string]struct {
		proxies *admission.Proxies
		join    web.Address
		headers []string
		says    string
		origin  string
	}{
		"a proxy":            {proxies: proxies(t), headers: play, says: "ssh -p 2222 play.example.org<", origin: "https://play.example.org"},
		"a proxy and a port": {proxies: proxies(t), headers: []string{"Host", "play.example.org:8443"}, says: "ssh -p 2222 play.example.org<", origin: "http://play.example.org:8443"},
		"a proxy that lies":  {proxies: proxies(t), headers: []string{"Host", "-oProxyCommand=x"}, says: "ssh -p 2222 localhost<", origin: "http://localhost:"},
		"anybody else":       {headers: play, says: "ssh -p 2222 localhost<", origin: "http://localhost:"},
		"both":               {proxies: proxies(t), join: web.Address{Host: "ssh.example.org", Port: "22"}, headers: play, says: "ssh ssh.example.org<", origin: "https://play.example.org/"},
		"the operator":       {join: web.Address{Host: "play.example.org", Port: "22"}, headers: []string{"Host", "evil.example"}, says: "ssh play.example.org<", origin: "http://play.example.org:"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, ledgertest.Game(t), func(config *web.Config) {
				if config.Proxies = c.proxies; c.join.Port != "" {
					config.Join = c.join
				}
			})
			page := s.get(t, "/", c.headers...)
			if !strings.Contains(page, c.says) || !strings.Contains(page, `"`+c.origin) || strings.Contains(page, "evil") || strings.Contains(page, "Proxy") {
				t.Errorf("the page doesn't say %q and %q:\n%s", c.says, c.origin, page)
			}
		})
	}
}

var paths = []string{"/", "/embed", "/page.css", "/page.js", "/icon.svg", "/stats.json", "/shield.json", "/badge.svg", "/card.png", "/events"}

func TestAnswersOnlyRead(t *testing.T) {
	s := serve(t, ledgertest.Game(t), nil)
	for _, path := range paths {
		a := s.ask(t, http.MethodHead, path)
		h := a.Header
		policy := h.Get("Content-Security-Policy")
		if a.StatusCode != http.StatusOK || h.Get("Set-Cookie") != "" || h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(policy, "default-src 'none'") ||
			strings.Contains(policy, "unsafe") || strings.Contains(policy, "frame-ancestors 'none'") == (path == "/embed") {
			t.Errorf("HEAD %s: status %d, %v", path, a.StatusCode, h)
		}
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
			if a := s.ask(t, method, path); a.StatusCode != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: status %d", method, path, a.StatusCode)
			}
		}
	}
	if a := s.ask(t, http.MethodGet, "/other"); a.StatusCode != http.StatusNotFound || a.Header.Get("X-Content-Type-Options") == "" {
		t.Errorf("another path: status %d, %v", a.StatusCode, a.Header)
	}
}

// inline matches what a strict policy forbids, and requests to other hosts.
var inline = regexp.MustCompile(`(?i)<script>|<style|\sstyle=|\son[a-z]+=|javascript:|(src|href)="(https?:)?//`)

func TestPagesAreSmallAndSelfContained(t *testing.T) {
	s := serve(t, ledgertest.Game(t), nil)
	size := 0
	for _, path := range []string{"/", "/embed", "/page.css", "/page.js", "/icon.svg"} {
		body := s.get(t, path)
		size += len(body)
		if found := inline.FindString(body); found != "" {
			t.Errorf("%s has %s", path, found)
		}
	}
	if size > 40<<10 {
		t.Errorf("the page has %d bytes", size)
	}
}

func TestAssetsWithHashAreKept(t *testing.T) {
	s := serve(t, ledgertest.Game(t), nil)
	found := regexp.MustCompile(`/page\.(css|js)\?\w+`).FindAllString(s.get(t, "/"), -1)
	if len(found) != 2 {
		t.Fatalf("the page names %q", found)
	}
	for _, path := range append(found, "/page.js?other") {
		kept := strings.Contains(s.ask(t, http.MethodGet, path).Header.Get("Cache-Control"), "immutable")
		if kept != (path != "/page.js?other") {
			t.Errorf("%s is kept: %v", path, kept)
		}
	}
}

// TestNamesAreThoseOfScreens joins as alice, who owns her name, and as dan.
func TestNamesAreThoseOfScreens(t *testing.T) {
	for _, c := range []struct{ people, public bool }{{false, false}, {true, false}, {false, true}, {true, true}} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			s := serve(t, ledgertest.Game(t), func(config *web.Config) {
				config.PublicLeaderboard = c.public
				if !c.people {
					config.Live.HidePeople()
				}
			})
			defer s.game.Join("alice").Leave()
			defer s.game.Join("dan").Leave()
			events := s.stream(t)
			if c.people {
				events.until(t, "people", `{"names":["alice","~dan"],"more":0}`)
			}
			if c.public {
				events.until(t, "leaders", `"all_time":[{"rank":1,"name":"alice","clicks":7},{"rank":2,"name":"carol","clicks":5},{"rank":3,"name":"bob","clicks":3}]`)
			}
			session := s.game.Join("erin")
			defer session.Leave()
			session.Click()
			ledgertest.ApplyAll(s.game)
			if c.people {
				events.until(t, "news", `"text":"~erin is new here"`)
			}
			if !c.people && !c.public {
				before := events.until(t, "count", `"total":21,`)
				for _, name := range []string{"alice", "bob", "carol", "dan", "erin"} {
					if strings.Contains(before.data, name) {
						t.Errorf("an event names %s: %s", name, before.data)
					}
				}
			}
			page := s.get(t, "/")
			if strings.Contains(page, `<span data-rank="2">carol</span>`) != c.public || strings.Contains(page, "Here now") != c.people {
				t.Errorf("the page:\n%s", page)
			}
		})
	}
}

func TestEventsFollowClicks(t *testing.T) {
	s := serve(t, ledgertest.Loaded(t, 998), nil)
	events := s.stream(t)
	events.until(t, "hello", `{"now":`)
	events.until(t, "count", `"total":998,"players":0,"online":0,"clicks_per_second":0,"unsaved":0,"last_flush":null,"database":"up","total_text":"998","milestone":0,"milestone_text":"","last_milestone":0,"next_milestone":1000}`)
	session := s.game.Join("alice")
	defer session.Leave()
	session.Click()
	events.until(t, "count", `"total":999,"players":1,"online":1,`)
	session.Click()
	ledgertest.ApplyAll(s.game)
	events.until(t, "count", `"milestone":1000,"milestone_text":"~alice made click 1,000","last_milestone":1000,"next_milestone":2500}`)
	news := events.until(t, "news", `"kind":"milestone","name":"alice","at":"`)
	if !strings.Contains(news.data, `"text":"~alice made click 1,000"`) {
		t.Errorf("the news: %s", news.data)
	}
	events.until(t, "minute", `2]}`)
}

func TestLeadersOfTodayFollowClicks(t *testing.T) {
	s := serve(t, ledgertest.Game(t), func(c *web.Config) { c.PublicLeaderboard = true })
	session := s.game.Join("bob")
	defer session.Leave()
	session.Click()
	ledgertest.ApplyOne(s.game)
	s.stream(t).until(t, "leaders", `{"today":[{"rank":1,"name":"bob","clicks":1}],"all_time":[{"rank":1,"name":"alice","clicks":7},`)
	if page := s.get(t, "/"); !strings.Contains(page, "<ol class=\"leaders\" id=\"today\">\n<li><span data-rank=\"1\">bob</span> <b>1</b></li>\n</ol>") {
		t.Errorf("the page:\n%s", page)
	}
}

// TestReadersAreLimited has readers come through a proxy that names their addresses.
func TestReadersAreLimited(t *testing.T) {
	s := serve(t, ledgertest.Game(t), func(c *web.Config) { c.Proxies = proxies(t) })
	const each = 50
	from := func(addr string) int {
		a := s.ask(t, http.MethodGet, "/events", "X-Forwarded-For", addr)
		return a.StatusCode
	}
	for i := range each {
		for _, addr := range []string{"198.51.100.7", fmt.Sprintf("2001:db8::%x", i+1)} {
			if status := from(addr); status != http.StatusOK {
				t.Fatalf("reader %d from %s: status %d", i, addr, status)
			}
		}
	}
	for addr, want := range map[string]int{
		"198.51.100.7":                503,
		"1.2.3.4, 198.51.100.7":       503, // the last one is what the proxy says
		"198.51.100.7, 192.0.2.9":     503, // another proxy
		"198.51.100.8":                200,
		"2001:db8::ffff":              503,
		"2001:db8:0:1::1":             200,
		"nonsense, 198.51.100.7":      503,
		"198.51.100.7, 198.51.100.11": 200,
	} {
		if status := from(addr); status != want {
			t.Errorf("one more reader from %s: status %d, want %d", addr, status, want)
		}
	}
	if got, want := s.page.Stats(), (web.Stats{Readers: 2*each + 3, Requests: 2*each + 8, Refused: 5}); got != want {
		t.Errorf("the server has counted %+v, want %+v", got, want)
	}
}

func TestForwardedAddressNeedsProxy(t *testing.T) {
	s := serve(t, ledgertest.Game(t), nil)
	for i := range 60 { // loopback itself has no limit
		if a := s.ask(t, http.MethodGet, "/events", "X-Forwarded-For", "198.51.100.7"); a.StatusCode != http.StatusOK {
			t.Fatalf("reader %d: status %d", i, a.StatusCode)
		}
	}
}

func TestGamePausedIsExplained(t *testing.T) {
	s := serve(t, ledger.New(), nil)
	for _, path := range []string{"/", "/embed", "/stats.json", "/shield.json", "/badge.svg", "/card.png", "/events"} {
		a := s.ask(t, http.MethodGet, path)
		body, _ := io.ReadAll(a.Body)
		if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" || !strings.Contains(string(body), "The game is paused") {
			t.Errorf("%s: status %d, %s", path, a.StatusCode, body)
		}
	}
}

func TestStatsEqualCommand(t *testing.T) {
	s := serve(t, ledgertest.Game(t), nil)
	var command strings.Builder
	if status := s.commands.Run(t.Context(), identity.Player{}, []string{"stats", "--json"}, &command, io.Discard); status != commands.Done {
		t.Fatalf("stats: status %d", status)
	}
	keys := func(text string) (all []string) {
		for d := json.NewDecoder(strings.NewReader(text)); ; {
			token, err := d.Token()
			if err != nil {
				return all
			}
			if name, ok := token.(string); ok {
				all = append(all, name)
			}
		}
	}
	page := s.get(t, "/stats.json")
	if got, want := keys(page), keys(command.String()); fmt.Sprint(got) != fmt.Sprint(want) || len(got) < 8 {
		t.Errorf("the page has %q, the command %q", got, want)
	}
}
