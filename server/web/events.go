package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"clickky/server/commands"
	"clickky/server/identity"
	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui/news"
	"clickky/tui/text"
)

const (
	// shortestRetry and longestRetry bound the time after which readers reconnect, so that thousands
	// don't come back in the same second after a restart.
	shortestRetry, longestRetry = 2 * time.Second, 6 * time.Second
	// leadersTTL is for how long the leaders are cached.
	leadersTTL = 5 * time.Second
	// maxLeaders, maxNames and maxNews limit the leaders, names of people and news on the page.
	maxLeaders, maxNames, maxNews = 10, 40, 6
	// maxDetails is the maximum length of the details of a milestone.
	maxDetails = 80
)

// frame is a snapshot of the game as events. It is immutable.
type frame struct {
	events      [5][]byte
	createdAt   time.Time
	isHeartbeat bool                  // it has no other events than the frame before
	wakeups     [phases]chan struct{} // closed one after the other when there is a newer frame
}

// countEvent is the event "count".
type countEvent struct {
	commands.Totals

	// Text is Total with separators: JavaScript rounds numbers above 2^53.
	Text string `json:"total_text"`
	// Milestone is the milestone that was just reached, or 0; MilestoneText is a sentence about it.
	Milestone     uint64 `json:"milestone"`
	MilestoneText string `json:"milestone_text"`
	// Last and Next are the milestones around Total; 0: none.
	Last uint64 `json:"last_milestone"`
	Next uint64 `json:"next_milestone"`
}

// minuteEvent is the event "minute": the clicks of the last 60 seconds, the newest last.
type minuteEvent struct {
	Clicks []uint32 `json:"clicks"`
}

// peopleEvent is the event "people": who is online and doesn't hide, as wide screens show them.
type peopleEvent struct {
	Names []string `json:"names"`
	More  int      `json:"more"`
}

// newsEvent is the event "news": what has happened lately, the newest first.
type newsEvent struct {
	Items []newsItem `json:"items"`
}

// newsItem is an item of news, with the keys of the command "watch".
type newsItem struct {
	Kind string `json:"kind"`
	Name string `json:"name"` // empty if nobody is named
	At   string `json:"at"`
	Text string `json:"text"`
}

// Time returns the time of day in UTC.
func (n newsItem) Time() string { return n.At[len("2006-01-02T"):len("2006-01-02T15:04")] }

// leadersEvent is the event "leaders": the first players of the current UTC day and of all time.
type leadersEvent struct {
	Today   []commands.Row `json:"today"`
	AllTime []commands.Row `json:"all_time"`
}

// readLeaders returns the leaders; nil if the leaderboard isn't public.
func (s *Server) readLeaders() *leadersEvent {
	if !s.PublicLeaderboard {
		return nil
	}
	return &leadersEvent{Today: firstRows(s.Live.DayLeaderboard(1)), AllTime: firstRows(s.Live.Leaderboard())}
}

func firstRows(b *live.Leaderboard) []commands.Row {
	rows := make([]commands.Row, min(b.Len(), maxLeaders))
	for i := range rows {
		rows[i] = commands.NewRow(b.At(i))
	}
	return rows
}

func newFrame(s *live.Snapshot, leaders *leadersEvent) *frame {
	f := &frame{createdAt: time.Now()}
	for phase := range f.wakeups {
		f.wakeups[phase] = make(chan struct{})
	}
	f.events[0] = encode("count", newCountEvent(s))
	if s.History != nil {
		f.events[1] = encode("minute", minuteEvent{s.History.Seconds[:]})
	}
	if s.People != nil {
		f.events[2] = encode("people", newPeopleEvent(s.People))
	}
	if s.News != nil {
		f.events[4] = encode("news", newNewsEvent(s.News))
	}
	if leaders != nil {
		f.events[3] = encode("leaders", leaders)
	}
	return f
}

func newCountEvent(s *live.Snapshot) countEvent {
	c := countEvent{Totals: commands.NewTotals(s), Text: text.Grouped(s.Total)}
	if s.Milestone != nil {
		c.Milestone, c.MilestoneText = s.Milestone.Count, news.Maker(s.Milestone)
		if details := news.Details(s.Milestone, maxDetails); details != "" {
			c.MilestoneText += " · " + details
		}
	}
	c.Last, c.Next = game.Milestones(s.Total, game.FirstMilestone)
	return c
}

func newPeopleEvent(p *live.People) peopleEvent {
	shown := p.List[:min(len(p.List), maxNames)]
	e := peopleEvent{Names: make([]string, len(shown)), More: p.More + len(p.List) - len(shown)}
	for i, person := range shown {
		e.Names[i] = identity.Printable(person.Name)
		if person.Guest {
			e.Names[i] = "~" + e.Names[i]
		}
	}
	return e
}

func newNewsEvent(n *live.News) newsEvent {
	shown := n.Items[:min(len(n.Items), maxNews)]
	e := newsEvent{make([]newsItem, len(shown))}
	for i := range shown {
		item := &shown[i]
		e.Items[i] = newsItem{item.Kind.String(), identity.Printable(item.Name), item.At.UTC().Format(time.RFC3339), news.Sentence(item)}
	}
	return e
}

// encode returns an event of the stream.
func encode(name string, data any) []byte {
	text, _ := json.Marshal(data) // never fails: there are only numbers and strings
	return fmt.Appendf(nil, "event: %s\ndata: %s\n\n", name, text)
}

// equal reports whether two frames have the same events.
func (f *frame) equal(other *frame) bool {
	return slices.EqualFunc(f.events[:], other.events[:], bytes.Equal)
}

// events answers with a stream of events until the client leaves.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	c := s.newClient(r)
	release, err := s.readers.Acquire(c.addr, c.throughProxy, false)
	defer release()
	if err != nil {
		s.reject(w, "Too many readers. Try again in a minute.")
		return
	}
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would buffer events
	if r.Method == http.MethodHead {
		return
	}
	f := s.hub.join()
	defer s.hub.leave()
	s.counters.readers.Add(1)
	defer s.counters.readers.Add(-1)
	conn := http.NewResponseController(w)
	if conn.SetReadDeadline(time.Time{}) != nil { // the client sends nothing more
		return
	}
	retry := shortestRetry + rand.N(longestRetry-shortestRetry)
	_, err = fmt.Fprintf(w, "retry: %d\nevent: hello\ndata: {\"now\":%d}\n\n", retry.Milliseconds(), time.Now().UnixMilli())
	phase := rand.N(phases)
	for sent := new(frame); err == nil; sent, f = f, s.hub.newest.Load() {
		if send(w, conn, sent, f) != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-f.wakeups[phase]:
		}
	}
}

// send writes the events of a frame that differ from those that the client has.
func send(w http.ResponseWriter, conn *http.ResponseController, sent, f *frame) error {
	if err := conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	if f.isHeartbeat {
		_, _ = w.Write([]byte(": alive\n\n")) // Flush returns the error
	}
	for i, event := range f.events {
		if !bytes.Equal(event, sent.events[i]) {
			_, _ = w.Write(event)
		}
	}
	return conn.Flush()
}
