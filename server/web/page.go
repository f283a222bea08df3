package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"clickky/sync/live"
	"clickky/tui/text"
)

var (
	//go:embed assets/*.html
	htmlFiles embed.FS
	//go:embed assets/page.css
	pageCSS []byte
	//go:embed assets/page.js
	pageJS []byte
)

// asset is a file that doesn't change while the server runs.
type asset struct {
	contentType string
	body        []byte
	hash        string
}

type assets map[string]*asset

func newAssets() assets {
	return assets{
		"/page.css": newAsset("text/css; charset=utf-8", append(colours(), pageCSS...)),
		"/page.js":  newAsset("text/javascript; charset=utf-8", pageJS),
		"/icon.svg": newAsset("image/svg+xml", drawIcon()),
	}
}

func newAsset(contentType string, body []byte) *asset {
	sum := sha256.Sum256(body)
	return &asset{contentType, body, hex.EncodeToString(sum[:6])}
}

// ServeHTTP implements http.Handler. Pages name an asset with its hash, so browsers can keep it.
func (a *asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", a.contentType)
	w.Header().Set("Cache-Control", "no-cache")
	if r.URL.RawQuery == a.hash {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	w.Header().Set("ETag", `"`+a.hash+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
}

func newTemplates(a assets) *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{
		"asset":   func(path string) string { return path + "?" + a[path].hash },
		"grouped": func(n any) string { return grouped(n) },
		"rate":    text.Rate,
		"plural":  plural,
	}).ParseFS(htmlFiles, "assets/*.html"))
}

// plural returns the plural of a noun unless n is 1.
func plural(n any, noun string) string {
	if grouped(n) == "1" {
		return noun
	}
	return noun + "s"
}

func grouped(n any) string {
	switch n := n.(type) {
	case int:
		return text.Grouped(n)
	case uint64:
		return text.Grouped(n)
	default:
		return fmt.Sprint(n)
	}
}

// view is what the templates show.
type view struct {
	countEvent

	Command string // with which players join
	Origin  string
	Digits  template.HTML // the shapes of all digits, and those of the count
	Width   int           // of the count in pixels of the digits
	Minute  string        // the chart as the path of an SVG
	Clicks  uint64        // in the last minute
	Saved   string
	News    []newsItem
	Leaders *leadersEvent // nil: they aren't public
	People  bool          // the page shows who is online
	At      string
}

// Progress returns how far the count is from the last milestone to the next, from 0 to 1.
func (v view) Progress() float64 {
	if v.Next == 0 {
		return 1
	}
	return float64(v.Total-v.Last) / float64(v.Next-v.Last)
}

// ToNext is the number of clicks to the next milestone.
func (v view) ToNext() uint64 { return v.Next - v.Total }

func (s *Server) view(key pageKey) view {
	snap, now := s.Live.Latest(), time.Now()
	v := view{
		countEvent: newCountEvent(snap), Origin: key.origin, Command: Address{key.host, s.Join.Port}.command(),
		Saved: savedText(snap, now), Leaders: s.leaders.get(), People: s.Live.HasPeople(), At: now.UTC().Format("15:04:05 UTC"),
	}
	v.Digits, v.Width = digitsSVG(v.Text)
	if snap.News != nil {
		v.News = newNewsEvent(snap.News).Items
	}
	if snap.History != nil {
		v.Minute = minutePath(snap.History)
		for _, n := range snap.History.Seconds {
			v.Clicks += uint64(n)
		}
	}
	return v
}

// savedText says when the counts were saved.
func savedText(s *live.Snapshot, now time.Time) string {
	switch age := now.Sub(s.LastSaved); {
	case s.StoreDown:
		return "database unreachable, nothing is lost"
	case s.LastSaved.IsZero() && s.Unsaved > 0:
		return "not yet"
	case s.LastSaved.IsZero():
		return "everything"
	case age < time.Minute:
		return fmt.Sprintf("%d s ago", max(0, int(age.Seconds())))
	case age < time.Hour:
		return fmt.Sprintf("%d min ago", int(age.Minutes()))
	default:
		return fmt.Sprintf("%d h ago", int(age.Hours()))
	}
}

// The Content-Security-Policies of the pages. Other sites may show the overlay in a frame.
const (
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
	unframed = "; frame-ancestors 'none'"
)

// render returns a page as HTML; nil if that fails.
func (s *Server) render(key pageKey) []byte {
	var body bytes.Buffer
	if err := s.templates.ExecuteTemplate(&body, key.name, s.view(key)); err != nil {
		s.Log.Error("can't render the web page", "page", key.name, "err", err)
		return nil
	}
	return body.Bytes()
}

// page returns the handler of a page.
func (s *Server) page(name string) http.HandlerFunc {
	policy := pagePolicy + unframed
	if name == "embed" {
		policy = pagePolicy
	}
	return func(w http.ResponseWriter, r *http.Request) {
		c := s.newClient(r)
		body := s.pages.get(pageKey{name + ".html", c.host, c.origin})
		if body == nil {
			http.Error(w, "The page can't be shown.", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store") // the page names the host that the client asked
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body) // the client may have gone
	}
}
