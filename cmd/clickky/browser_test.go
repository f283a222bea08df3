//go:build !race

package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"clickky/cmd/clickky/sshtest"
	"clickky/tui/text"
)

// screenshots is where pictures of the web page go. docs/web.png is the upper part of
// page-1280-dark.png.
//
//	go test ./cmd/clickky -run TestBrowser/PageIsAccessible -screenshots DIR
var screenshots = flag.String("screenshots", "", "a folder for pictures of the web page")

// axeVersion is the version of axe-core that .ci/install fetches.
const axeVersion = "4.14.1"

// axe returns the source of axe-core, which checks a page for accessibility.
func axe(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(cache, "clickky", "axe-core-"+axeVersion+".js"))
	if err != nil {
		if _, missing := exec.LookPath("npm"); missing == nil && os.Getenv("CLICKKY_REQUIRE_DB") != "" {
			t.Fatal(err)
		}
		t.Skip("needs axe-core, which .ci/install fetches with npm:", err)
	}
	return string(source)
}

// tab is a tab of a browser, and what went wrong in it.
type tab struct {
	ctx context.Context

	mu       sync.Mutex
	problems []string
	requests []string
}

// chromium returns the path of a browser.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	requireTools(t, "chromium")
	return ""
}

// browse starts a browser, in which play.example is this machine.
func browse(t *testing.T) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(t.Context(), chromedp.WithAllocatorOptions(
		chromedp.ExecPath(chromium(t)), chromedp.Flag("no-sandbox", true), chromedp.Flag("host-resolver-rules", "MAP play.example 127.0.0.1"),
	))
	t.Cleanup(cancel)
	b := &tab{ctx: ctx}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	return b
}

// hear is called for each event of the tab.
func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.problems = append(b.problems, fmt.Sprintf("exception: %+v", e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		b.problems = append(b.problems, fmt.Sprintf("console: %+v", e.Args))
	case *log.EventEntryAdded:
		b.problems = append(b.problems, e.Entry.Text)
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	}
}

// heard returns the problems and requests since the last call.
func (b *tab) heard() (problems, requests []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	problems, requests = b.problems, b.requests
	b.problems, b.requests = nil, nil
	return problems, requests
}

func (b *tab) do(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// eval returns the value of an expression. It may be a promise.
func eval[T any](t *testing.T, b *tab, expression string) T {
	t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%.200s: %v", expression, err)
	}
	return value
}

// waitFor waits until an expression is true.
func (b *tab) waitFor(t *testing.T, expression string) {
	t.Helper()
	sshtest.Eventually(t, expression, func() bool { return eval[bool](t, b, expression) })
}

// set emulates preferences such as prefers-color-scheme: dark.
func (b *tab) set(t *testing.T, features map[string]string) {
	t.Helper()
	var p emulation.SetEmulatedMediaParams
	for name, value := range features {
		p.Features = append(p.Features, &emulation.MediaFeature{Name: name, Value: value})
	}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, p); err != nil {
		t.Fatal(err)
	}
}

const (
	shownTotal = `document.getElementById("total").textContent`
	// drawnTotal is the number that the large digits show.
	drawnTotal  = `[...document.getElementById("number").children].map((u) => u.getAttribute("href").replace("#glyph", "")).join("")`
	shownStatus = `document.getElementById("status").textContent`
)

// TestBrowser looks at the web page with browsers. They take all cores, so that these tests run
// beside each other only.
func TestBrowser(t *testing.T) {
	t.Run("FollowsGame", testBrowserFollowsGame)
	t.Run("CopiesCommand", testBrowserCopiesCommand)
	t.Run("CelebratesMilestone", testBrowserCelebratesMilestone)
	t.Run("WithoutScript", testBrowserWithoutScript)
	t.Run("PageIsAccessible", testBrowserPageIsAccessible)
}

// testBrowserFollowsGame looks at the page while somebody plays and the server restarts.
func testBrowserFollowsGame(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir, at := t.TempDir(), sshtest.FreeAddr(t)
	p := start(t, dir, "--web", at)
	b.do(t, chromedp.Navigate("http://"+at+"/"))
	b.waitFor(t, shownStatus+` === "live"`)
	clicks := func(p *program, total string) {
		t.Helper()
		alice := play(t, p, "alice")
		alice.Type(t, " ")
		b.waitFor(t, shownTotal+` === "`+total+`" && `+drawnTotal+` === "`+total+`"`)
		b.waitFor(t, `document.getElementById("online").textContent === "1" && document.getElementById("names").textContent === "~alice"`)
		alice.Type(t, "q")
		b.waitFor(t, `document.getElementById("online").textContent === "0" && document.getElementById("here").hidden`)
	}
	clicks(p, "1")
	problems, requests := b.heard()
	if len(problems) > 0 {
		t.Errorf("the browser complains: %q", problems)
	}
	if other := slices.DeleteFunc(requests, func(url string) bool { return strings.HasPrefix(url, "http://"+at+"/") }); len(other) > 0 {
		t.Errorf("the page asks others: %q", other)
	}
	// After a bad gateway the page waits for some seconds.
	eval[bool](t, b, `(() => { const wait = setTimeout; window.setTimeout = (f, ms) => wait(f, ms / 10); return true })()`)
	p.terminate(t)
	b.waitFor(t, shownStatus+` === "reconnecting"`)
	answerBadGateway(t, at)
	p = start(t, dir, "--web", at)
	b.waitFor(t, shownStatus+` === "live"`)
	clicks(p, "2")
	if problems, _ := b.heard(); slices.ContainsFunc(problems, func(problem string) bool {
		return !strings.Contains(problem, "net::ERR_") && !strings.Contains(problem, "502")
	}) {
		t.Errorf("the browser complains: %q", problems)
	}
	p.terminate(t)
}

// answerBadGateway is a proxy while the server behind it restarts. It ends once somebody has asked.
func answerBadGateway(t *testing.T, at string) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan struct{}, 1)
	proxy := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		select {
		case asked <- struct{}{}:
		default:
		}
	})}
	var serving sync.WaitGroup
	serving.Go(func() { _ = proxy.Serve(l) })
	select {
	case <-asked:
	case <-time.After(sshtest.Patience):
		t.Error("nobody tries to reconnect")
	}
	if err := proxy.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	serving.Wait()
}

// testBrowserCopiesCommand presses the button with the mouse and the keyboard, where a page may
// write to the clipboard and where it may not.
func testBrowserCopiesCommand(t *testing.T) {
	t.Parallel()
	b := browse(t)
	p := start(t, t.TempDir(), "--web", "127.0.0.1:0")
	at := p.address(t, showing)
	_, port, _ := net.SplitHostPort(at)
	_, ssh, _ := net.SplitHostPort(p.Addr)
	command := "ssh -p " + ssh + " localhost"
	b.do(t, chromedp.Navigate("http://"+at+"/"))
	if _, err := chromedp.CallBrowser(b.ctx, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "clipboard-read"}, Setting: browser.PermissionSettingGranted,
	}); err != nil {
		t.Fatal(err)
	}
	b.do(t, chromedp.Click(chromedp.ID("copy")))
	b.waitFor(t, `document.getElementById("copy").textContent === "Copied"`)
	if got := eval[string](t, b, `navigator.clipboard.readText()`); got != command {
		t.Errorf("the clipboard has %q, want %q", got, command)
	}
	b.do(t, chromedp.Navigate("http://play.example:"+port+"/"))
	const focused = `document.activeElement.id || document.activeElement.className`
	b.do(t, chromedp.KeyEvent(kb.Tab))
	if got := eval[string](t, b, focused); got != "skip" {
		t.Errorf("the first tab stop is %q", got)
	}
	b.do(t, chromedp.KeyEvent(kb.Enter), chromedp.KeyEvent(kb.Tab))
	if got := eval[string](t, b, focused); got != "copy" {
		t.Errorf("after the link that skips the head, the next tab stop is %q", got)
	}
	b.do(t, chromedp.KeyEvent(kb.Enter))
	b.waitFor(t, `document.getElementById("copy").textContent === "Selected"`)
	if got := eval[string](t, b, `getSelection().toString()`); got != command {
		t.Errorf("%q is selected, want %q", got, command)
	}
	if problems, _ := b.heard(); len(problems) > 0 {
		t.Errorf("the browser complains: %q", problems)
	}
	p.terminate(t)
}

// testBrowserCelebratesMilestone clicks once, before the thousandth click.
func testBrowserCelebratesMilestone(t *testing.T) {
	t.Parallel()
	b, dir := browse(t), t.TempDir()
	mustRun(t, dir, "import", "--merge", "add", "--yes", scores(t, "bob,999\n"))
	p := start(t, dir, "--web", "127.0.0.1:0")
	b.do(t, chromedp.EmulateViewport(1280, 800), chromedp.Navigate("http://"+p.address(t, showing)+"/"))
	b.waitFor(t, shownStatus+` === "live"`)
	play(t, p, "bob").Type(t, " ")
	const moving = `document.getAnimations().length > 0`
	b.waitFor(t, `document.getElementById("next").textContent === "★ ~bob made click 1,000 ★" && `+moving)
	if spoken := eval[string](t, b, `document.getElementById("spoken").textContent`); spoken != "~bob made click 1,000" {
		t.Errorf("a screen reader hears %q", spoken)
	}
	b.set(t, map[string]string{"prefers-reduced-motion": "reduce"})
	b.waitFor(t, `!(`+moving+`)`)
	b.look(t, "milestone-1280")
	b.waitFor(t, `document.getElementById("next").textContent === "1,500 more to 2,500" && document.getElementById("news").textContent.includes("~bob made click 1,000")`)
	p.terminate(t)
}

// testBrowserWithoutScript shows the count at the time of loading.
func testBrowserWithoutScript(t *testing.T) {
	t.Parallel()
	b := browse(t)
	p := start(t, t.TempDir(), "--web", "127.0.0.1:0")
	alice := play(t, p, "alice")
	alice.Type(t, " ")
	alice.WaitFor(t, "1 click")
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	b.do(t, chromedp.Navigate("http://"+p.address(t, showing)+"/"))
	text, err := chromedp.Run(b.ctx, chromedp.Text(chromedp.CSS("body")))
	if err != nil || !strings.Contains(text, "1 click by 1 player\n") || !strings.Contains(text, "Without JavaScript") || strings.Contains(text, "Copy") {
		t.Errorf("the page says, %v:\n%s", err, text)
	}
	p.terminate(t)
}

// testBrowserPageIsAccessible looks at the page on a phone and on a desktop, in both colour schemes.
func testBrowserPageIsAccessible(t *testing.T) {
	t.Parallel()
	b, axe := browse(t), axe(t)
	dir := t.TempDir()
	mustRun(t, dir, "import", "--merge", "add", "--yes", scores(t, "alice,401822\nmallory,310004\nbob,222013\ndave,151988\nerin,98111\n"+
		"frank,71204\ngrace,40310\nheidi,30022\nivan,12001\njudy,3404\na-name-of-32-characters-like-this,2098\n"))
	p := start(t, dir, "--web", "127.0.0.1:0", "--public-leaderboard", "--public-address", "play.example.org:22")
	var playing sync.WaitGroup
	for i, name := range []string{"alice", "bob", "carol", "dave"} {
		player := play(t, p, name, sshtest.Signer(t, byte(i+1)))
		playing.Go(func() { clickForPicture(t, player, i+1) })
	}
	playing.Wait()
	at := p.address(t, showing)
	var now struct{ Total uint64 }
	sshtest.Eventually(t, "all clicks count", func() bool {
		before := now.Total
		_, stats := get(t, at, "/stats.json")
		if err := json.Unmarshal([]byte(stats), &now); err != nil {
			t.Fatalf("%s: %v", stats, err)
		}
		return now.Total >= 1_342_977+4 && now.Total == before
	})
	for _, width := range []int64{390, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			b.set(t, map[string]string{"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"})
			b.do(t, chromedp.EmulateViewport(width, 900))
			for _, path := range []string{"", "embed"} {
				if _, err := chromedp.Call(b.ctx, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true}); err != nil {
					t.Fatal(err)
				}
				b.do(t, chromedp.Navigate("http://"+at+"/"+path))
				b.waitFor(t, shownTotal+` === "`+text.Grouped(now.Total)+`"`)
				name := fmt.Sprintf("%s-%d-%s", map[string]string{"": "page", "embed": "embed"}[path], width, scheme)
				b.look(t, name)
				b.check(t, name, axe)
			}
		}
	}
	p.terminate(t)
}

// clickForPicture clicks once, or for most of a minute if somebody wants a picture.
func clickForPicture(t *testing.T, player *sshtest.Screen, pause int) {
	player.Type(t, " ")
	if *screenshots == "" {
		return
	}
	for begun := time.Now(); time.Since(begun) < 50*time.Second; {
		time.Sleep(time.Duration(pause) * rand.N(400*time.Millisecond))
		player.Type(t, " ")
	}
}

// look takes a picture of the whole page, if somebody wants it.
func (b *tab) look(t *testing.T, name string) {
	t.Helper()
	if wide := eval[bool](t, b, `document.documentElement.scrollWidth > innerWidth`); wide {
		t.Errorf("%s is wider than the window", name)
	}
	if *screenshots == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(*screenshots, name+".png"), picture, 0o600)
	}
	if err != nil {
		t.Error(err)
	}
}

// check has axe-core check the page.
func (b *tab) check(t *testing.T, name, axe string) {
	t.Helper()
	eval[any](t, b, axe+`; null`)
	const run = `axe.run({resultTypes: ["violations"]}).then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html + " " + n.failureSummary).join("; ")))`
	for _, violation := range eval[[]string](t, b, run) {
		t.Errorf("%s: %s", name, violation)
	}
}
