package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"clickky/tui/text"
	"clickky/tui/theme"
)

// pictureTTL is for how long a picture is cached, here and by clients.
const pictureTTL = 10 * time.Second

// share lets other sites use an answer, and lets clients cache it for some seconds.
func share(w http.ResponseWriter, contentType string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(pictureTTL.Seconds())))
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// stats answers with the JSON of the command "stats".
func (s *Server) stats(w http.ResponseWriter, _ *http.Request) {
	share(w, "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(s.GameStats()) // the client may have gone
}

// shield answers in the schema of shields.io's endpoint badges.
func (s *Server) shield(w http.ResponseWriter, _ *http.Request) {
	share(w, "application/json")
	_ = json.NewEncoder(w).Encode(struct {
		SchemaVersion int    `json:"schemaVersion"`
		Label         string `json:"label"`
		Message       string `json:"message"`
		Color         string `json:"color"`
		CacheSeconds  int    `json:"cacheSeconds"`
	}{1, "clickky", text.Grouped(s.Live.Latest().Total) + " clicks", badgeColour()[1:], 300})
}

// badgeColour returns the colour of badges, on which white text is readable.
func badgeColour() string { return hexColour(stylesOn(theme.LightBackground).Accent) }

// badge answers with a badge for a README.
func (s *Server) badge(w http.ResponseWriter, _ *http.Request) {
	share(w, "image/svg+xml")
	number := text.Grouped(s.Live.Latest().Total)
	const label, padding, letter = 59, 14, 7
	message := padding + letter*len(number+" clicks")
	width := label + message
	_, _ = fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="20" role="img" aria-label="clickky: %[2]s clicks">`+
		`<title>clickky: %[2]s clicks</title><clipPath id="r"><rect width="%[1]d" height="20" rx="3"/></clipPath>`+
		`<g clip-path="url(#r)"><rect width="%[3]d" height="20" fill="#3a3a46"/><rect x="%[3]d" width="%[4]d" height="20" fill="%[5]s"/></g>`+
		`<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">`+
		`<text x="%[6]d" y="14" textLength="%[7]d">clickky</text><text x="%[8]d" y="14" textLength="%[9]d">%[2]s clicks</text></g></svg>`,
		width, number, label, message, badgeColour(), label/2, label-14, label+message/2, message-padding) // the client may have gone
}

// drawIcon returns the icon of the page: the digit 1 in the game's colours.
func drawIcon() []byte {
	s := stylesOn(theme.DarkBackground)
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20">`+
		`<linearGradient id="i" gradientUnits="userSpaceOnUse" x1="0" y1="0" x2="0" y2="14"><stop offset="0" stop-color="%s"/><stop offset="1" stop-color="%s"/></linearGradient>`+
		`<rect width="20" height="20" rx="4" fill="#14141b"/><path transform="translate(5 3)" fill="url(#i)" d="%s"/></svg>`,
		hexColour(s.Gradient[0]), hexColour(s.Gradient[len(s.Gradient)-1]), glyphPath('1'))
}

// picture answers with the picture of the count for previews of links.
func (s *Server) picture(w http.ResponseWriter, _ *http.Request) {
	share(w, "image/png")
	_, _ = w.Write(s.card.get()) // the client may have gone
}
