package loadtest

import "time"

// Report is how a run was. Its JSON keys are stable.
type Report struct {
	Target  string `json:"target"`
	Players int    `json:"players"` // that were to connect
	// Connected is how many got in, Refused how many logins were refused and
	// tried again, Failed how many players never got in, the last of them for
	// Reason, and Lost how many sessions ended while it counted.
	Connected int    `json:"connected"`
	Refused   int    `json:"refused"`
	Failed    int    `json:"failed"`
	Lost      int    `json:"lost"`
	Reason    string `json:"reason,omitempty"`

	LoginsPerSecond float64 `json:"logins_per_second"`

	Clickers    int     `json:"clickers"`
	Rate        float64 `json:"rate"`    // presses a second of each
	Presses     int     `json:"presses"` // while it counted
	Pressed     int     `json:"pressed"` // in all
	Seconds     float64 `json:"seconds"` // that counted
	Interrupted bool    `json:"interrupted"`

	Watching Received `json:"watching"` // by all who watched
	Clicking Received `json:"clicking"` // by all who clicked

	OwnScreen    *Latency `json:"own_screen"`    // null: no press was sampled
	OtherScreens *Latency `json:"other_screens"` // likewise

	// Server is the sum over all servers; null: one is not visible.
	Server    *ServerUse `json:"server"`
	ClientCPU float64    `json:"client_cpu_cores"`

	// Of several servers only: the latencies on screens of other servers, and how it
	// was on each.
	OtherServers *Latency       `json:"other_servers,omitempty"`
	CatchingUp   *Latency       `json:"catching_up,omitempty"`
	Servers      []ServerReport `json:"servers,omitempty"`
}

// ServerReport is how a run was on one server of several.
type ServerReport struct {
	Target          string     `json:"target"`
	Connected       int        `json:"connected"`
	Refused         int        `json:"refused"`
	Failed          int        `json:"failed"`
	Lost            int        `json:"lost"`
	LoginsPerSecond float64    `json:"logins_per_second"`
	Watching        Received   `json:"watching"`
	Clicking        Received   `json:"clicking"`
	Use             *ServerUse `json:"server"` // null: not visible
}

// Received is what some players received.
type Received struct {
	Players int    `json:"players"`
	Frames  uint64 `json:"frames"`
	Bytes   uint64 `json:"bytes"`
	// For each player:
	FramesPerSecond float64 `json:"frames_per_second"`
	BytesPerSecond  float64 `json:"bytes_per_second"`
}

// ServerUse is what a server's process used.
type ServerUse struct {
	PID int `json:"pid"` // 0: of several
	// CPU is the share of a core, 1 for all of one.
	CPU         float64 `json:"cpu_cores"`
	CPUPerFrame float64 `json:"cpu_us_per_frame"`
	CPUPerLogin float64 `json:"cpu_us_per_login"`
	// Bytes of memory that are resident: before the first player, at the end,
	// and the difference for each player.
	EmptyRSS     int64 `json:"rss_bytes_empty"`
	RSS          int64 `json:"rss_bytes"`
	RSSPerPlayer int64 `json:"rss_bytes_per_player"`
}

// add adds what others received.
func (r *Received) add(o Received) {
	r.Players += o.Players
	r.Frames += o.Frames
	r.Bytes += o.Bytes
}

// between is what came from one moment to another.
func (r Received) between(before Received, took time.Duration) Received {
	r.Frames -= before.Frames
	r.Bytes -= before.Bytes
	if r.Players > 0 {
		r.FramesPerSecond = float64(r.Frames) / float64(r.Players) / took.Seconds()
		r.BytesPerSecond = float64(r.Bytes) / float64(r.Players) / took.Seconds()
	}
	return r
}

// describeLogins fills in what it took the servers that everybody came.
func (r *Report) describeLogins(empty, full sample, targets []Target) {
	r.Server = useOfLogins(empty.all(), full.all(), r.Connected)
	for i := range r.Servers {
		r.Servers[i].Use = useOfLogins(empty.parts[i], full.parts[i], r.Servers[i].Connected)
	}
	for i, t := range targets {
		switch {
		case len(targets) == 1 && r.Server != nil:
			r.Server.PID = t.PID
		case len(targets) > 1 && r.Servers[i].Use != nil:
			r.Servers[i].Use.PID = t.PID
		}
	}
}

// useOfLogins is nil when the process is not visible.
func useOfLogins(empty, full part, connected int) *ServerUse {
	if !empty.visible {
		return nil
	}
	u := &ServerUse{EmptyRSS: empty.used.rss, RSS: full.used.rss}
	u.describeLogins(full.used.cpu-empty.used.cpu, connected)
	return u
}

// describe fills in what happened between two moments.
func (r *Report) describe(before, after sample) {
	took := after.at.Sub(before.at)
	from, to := before.all(), after.all()
	r.Seconds = took.Seconds()
	r.Lost = int(to.ended - from.ended)
	r.Watching = to.watchers.between(from.watchers, took)
	r.Clicking = to.clickers.between(from.clickers, took)
	r.ClientCPU = (after.client.cpu - before.client.cpu).Seconds() / took.Seconds()
	r.Server.describe(from, to, took, r.Connected)
	for i := range r.Servers {
		s, from, to := &r.Servers[i], before.parts[i], after.parts[i]
		s.Lost = int(to.ended - from.ended)
		s.Watching = to.watchers.between(from.watchers, took)
		s.Clicking = to.clickers.between(from.clickers, took)
		s.Use.describe(from, to, took, s.Connected)
	}
}

// Frames is how many frames all players received.
func (r *Report) Frames() uint64 { return r.Watching.Frames + r.Clicking.Frames }

// describe fills in what was used between two moments, if that is visible.
func (u *ServerUse) describe(from, to part, took time.Duration, players int) {
	if u == nil {
		return
	}
	cpu, frames := to.used.cpu-from.used.cpu, to.frames()-from.frames()
	u.CPU = cpu.Seconds() / took.Seconds()
	if frames > 0 {
		u.CPUPerFrame = float64(cpu.Microseconds()) / float64(frames)
	}
	u.measure(to.used.rss, players)
}

func (u *ServerUse) describeLogins(cpu time.Duration, players int) {
	if players > 0 {
		u.CPUPerLogin = float64(cpu.Microseconds()) / float64(players)
	}
	u.measure(u.RSS, players)
}

func (u *ServerUse) measure(rss int64, players int) {
	u.RSS = rss
	if players > 0 {
		u.RSSPerPlayer = (u.RSS - u.EmptyRSS) / int64(players)
	}
}
