package web_test

import (
	"encoding/json"
	"encoding/xml"
	"image"
	"image/png"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"clickky/server/web"
	"clickky/sync/ledger/ledgertest"
	"clickky/tui/digits"
)

// TestSVGsAreValid reads the badge, the icon, and the large digits of the page.
func TestSVGsAreValid(t *testing.T) {
	s := serve(t, ledgertest.Loaded(t, 18_446_744_073_709_551_615), nil)
	badge := s.get(t, "/badge.svg")
	if !strings.Contains(badge, "<title>clickky: 18,446,744,073,709,551,615 clicks</title>") {
		t.Errorf("the badge doesn't have the count: %s", badge)
	}
	number := regexp.MustCompile(`(?s)<svg id="digits".*?</svg>`).FindString(s.get(t, "/"))
	for _, svg := range []string{badge, s.get(t, "/icon.svg"), number} {
		elements := 0
		for d := xml.NewDecoder(strings.NewReader(svg)); ; elements++ {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%v in %s", err, svg)
			}
		}
		if elements < 5 {
			t.Errorf("there is nothing in %s", svg)
		}
	}
	if n := strings.Count(number, "<use "); n != len("18,446,744,073,709,551,615") {
		t.Errorf("%d characters are drawn: %s", n, number)
	}
}

func TestShieldHasSchemaOfShields(t *testing.T) {
	s := serve(t, ledgertest.Loaded(t, 1_342_977), nil)
	var shield map[string]any
	if err := json.Unmarshal([]byte(s.get(t, "/shield.json")), &shield); err != nil {
		t.Fatal(err)
	}
	if shield["schemaVersion"] != 1.0 || shield["label"] != "clickky" || shield["message"] != "1,342,977 clicks" || len(shield) != 5 {
		t.Errorf("%v", shield)
	}
}

// TestCardShowsCount counts the pixels that aren't background.
func TestCardShowsCount(t *testing.T) {
	card := func(total uint64) (img image.Image, lit int) {
		s := serve(t, ledgertest.Loaded(t, total), nil)
		answer := s.ask(t, http.MethodGet, "/card.png")
		img, err := png.Decode(answer.Body)
		if err != nil || img.Bounds() != image.Rect(0, 0, 1200, 630) || answer.Header.Get("Content-Type") != "image/png" {
			t.Fatalf("%v, %v", answer.Header, err)
		}
		for y := 150; y < 480; y++ {
			for x := range 1200 {
				if img.At(x, y) != img.At(0, 0) {
					lit++
				}
			}
		}
		return img, lit
	}
	const pixel = 22 * 22
	for n := range uint64(10) {
		want := strings.Count(strings.Join(digits.Glyph('0'+byte(n)), ""), "#")
		if _, lit := card(n); lit != want*pixel || want < 50 {
			t.Errorf("the digit %d has %d pixels, want %d", n, lit/pixel, want)
		}
	}
	if img, _ := card(18_446_744_073_709_551_615); img.At(59, 315) != img.At(0, 0) || img.At(1141, 315) != img.At(0, 0) {
		t.Error("the largest count doesn't fit")
	}
}

func TestPicturesAreKeptForSomeSeconds(t *testing.T) {
	s := serve(t, ledgertest.Game(t), nil)
	for _, path := range []string{"/badge.svg", "/card.png", "/shield.json"} {
		if h := s.ask(t, http.MethodGet, path).Header; h.Get("Cache-Control") != "public, max-age=10" || h.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func TestAddressIsParsed(t *testing.T) {
	for text, want := range map[string]web.Address{
		"play.example.org": {Host: "play.example.org"}, "play.example.org:22": {Host: "play.example.org", Port: "22"},
		"192.0.2.1:22": {Host: "192.0.2.1", Port: "22"}, "2001:db8::1": {Host: "2001:db8::1"}, "[2001:db8::1]:22": {Host: "2001:db8::1", Port: "22"},
	} {
		if got, ok := web.ParseAddress(text); !ok || got != want {
			t.Errorf("%s is %+v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", ":22", "a b", "-x", "a;b", "a$b", "a/b", "host:ssh", "host:123456", "fe80::1%eth0", "ä", "<b>", strings.Repeat("a", 254), "$(x)"} {
		if got, ok := web.ParseAddress(text); ok {
			t.Errorf("%q is %+v", text, got)
		}
	}
}

// FuzzAddress parses anything: what is shown is safe to type into a shell and to put into a page.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"play.example.org:22", "[::1]:22", "-o", "a\"b", "1.2.3.4", "a:b:c"} {
		f.Add(seed)
	}
	safe := regexp.MustCompile(`^[0-9A-Za-z:.][0-9A-Za-z:.-]*$`)
	f.Fuzz(func(t *testing.T, text string) {
		if a, ok := web.ParseAddress(text); ok && (!safe.MatchString(a.Host) || a.Port != "" && !safe.MatchString(a.Port)) {
			t.Errorf("%q is %+v", text, a)
		}
	})
}
