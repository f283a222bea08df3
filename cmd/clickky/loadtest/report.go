package loadtest

import "time"

// Report is the result of a run. Its JSON keys are stable.
type Report struct {
	Target  string `json:"target"`
	Players int    `json:"players"` // that were to connect
	// Connected is how many players connected, Refused how many logins were rejected and retried,
	// Failed how many players never connected, the last of them because of Reason, and Lost how
	// many sessions ended within the window.
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

	// OwnScreen is the time until a press shows in the own count on the player's own screen.
	// OtherScreens is, for each press and each other sampled screen of the same server, the time
	// until the global count there is at least that of the own screen with the press. It is never
	// too short, and too long by at most what others clicked in between.
	OwnScreen    *Latency `json:"own_screen"`    // null: no press was sampled
	OtherScreens *Latency `json:"other_screens"` // null: no press was sampled

	// Server is the sum over all servers; null if one of them isn't visible.
	Server    *ServerUse `json:"server"`
	ClientCPU float64    `json:"client_cpu_cores"`

	// With several servers only: latencies on screens of other servers, and a report for each
	// server.
	OtherServers *Latency       `json:"other_servers,omitempty"`
	CatchingUp   *Latency       `json:"catching_up,omitempty"`
	Servers      []ServerReport `json:"servers,omitempty"`
}

// ServerReport is the result for one of several servers.
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

// Received is what a group of players received.
type Received struct {
	Players int    `json:"players"`
	Frames  uint64 `json:"frames"`
	Bytes   uint64 `json:"bytes"`
	// Per player:
	FramesPerSecond float64 `json:"frames_per_second"`
	BytesPerSecond  float64 `json:"bytes_per_second"`
}

// ServerUse is what a server's process used.
type ServerUse struct {
	PID int `json:"pid"` // 0: of several
	// CPU is in cores: 1 is one core fully used.
	CPU         float64 `json:"cpu_cores"`
	CPUPerFrame float64 `json:"cpu_us_per_frame"`
	CPUPerLogin float64 `json:"cpu_us_per_login"`
	// Resident memory in bytes: before the first player, at the end, and the difference per player.
	EmptyRSS     int64 `json:"rss_bytes_empty"`
	RSS          int64 `json:"rss_bytes"`
	RSSPerPlayer int64 `json:"rss_bytes_per_player"`
}

// add adds what another group received.
func (r *Received) add(o Received) {
	r.Players += o.Players
	r.Frames += o.Frames
	r.Bytes += o.Bytes
}

// between returns what was received between two samples.
func (r Received) between(before Received, took time.Duration) Received {
	r.Frames -= before.Frames
	r.Bytes -= before.Bytes
	if r.Players > 0 {
		r.FramesPerSecond = float64(r.Frames) / float64(r.Players) / took.Seconds()
		r.BytesPerSecond = float64(r.Bytes) / float64(r.Players) / took.Seconds()
	}
	return r
}

// describeLogins fills in what the logins cost the servers.
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

// useOfLogins returns what a server's process used for logins, or nil if the process isn't visible.
func useOfLogins(empty, full part, connected int) *ServerUse {
	if !empty.visible {
		return nil
	}
	u := &ServerUse{EmptyRSS: empty.used.rss, RSS: full.used.rss}
	u.describeLogins(full.used.cpu-empty.used.cpu, connected)
	return u
}

// describe fills in what happened between two samples.
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

// Frames returns how many frames all players received.
func (r *Report) Frames() uint64 { return r.Watching.Frames + r.Clicking.Frames }

// describe fills in what the process used between two samples, if it is visible.
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
