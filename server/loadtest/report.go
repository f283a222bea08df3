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
	Rate        float64 `json:"rate"` // presses a second of each
	Presses     int     `json:"presses"`
	Seconds     float64 `json:"seconds"` // that counted
	Interrupted bool    `json:"interrupted"`

	Watching Received `json:"watching"` // by all who watched
	Clicking Received `json:"clicking"` // by all who clicked

	OwnScreen    *Latency `json:"own_screen"`    // null: no press was sampled
	OtherScreens *Latency `json:"other_screens"` // likewise

	Server    *ServerUse `json:"server"` // null: not visible
	ClientCPU float64    `json:"client_cpu_cores"`
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

// ServerUse is what the server's process used.
type ServerUse struct {
	PID int `json:"pid"`
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

// describe fills in what happened between two moments.
func (r *Report) describe(before, after sample) {
	took := after.at.Sub(before.at)
	r.Seconds = took.Seconds()
	r.Lost = int(after.ended - before.ended)
	r.Watching = after.watchers.between(before.watchers, took)
	r.Clicking = after.clickers.between(before.clickers, took)
	r.ClientCPU = (after.client.cpu - before.client.cpu).Seconds() / took.Seconds()
	if r.Server != nil {
		r.Server.describe(after.server.cpu-before.server.cpu, took, r.Frames())
		r.Server.measure(after.server.rss, r.Connected)
	}
}

// Frames is how many frames all players received.
func (r *Report) Frames() uint64 { return r.Watching.Frames + r.Clicking.Frames }

func (u *ServerUse) describe(cpu, took time.Duration, frames uint64) {
	u.CPU = cpu.Seconds() / took.Seconds()
	if frames > 0 {
		u.CPUPerFrame = float64(cpu.Microseconds()) / float64(frames)
	}
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
