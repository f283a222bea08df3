package loadtest

import (
	"context"
	"net"
	"os"

	tea "charm.land/bubbletea/v2"
	"charm.land/ssh"
	"charm.land/wish/v2"
	"charm.land/wish/v2/bubbletea"
	"github.com/charmbracelet/colorprofile"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/live"
	"clickky/tui"
)

// hostKeyVariable is the path of a server's host key, which is made there.
const hostKeyVariable = "CLICKKY_LOADTEST_HOST_KEY"

// serveStock is the game as wish's and Bubble Tea's own examples would have
// it: wish's middleware with Bubble Tea's renderer and input reader, and a
// goroutine for each session that sends it what is new. The model and the
// state are those of the game; nothing is written to a disk.
func serveStock() error {
	return serveWish(func(o tui.Options) tea.Model { return tui.New(o) })
}

// serveLipgloss is the same with the same screen as most such programs would
// make it: see ordinary.
func serveLipgloss() error {
	return serveWish(func(o tui.Options) tea.Model {
		o.Profile = colorprofile.ASCII
		return ordinary{tui.New(o)}
	})
}

func serveWish(screen func(tui.Options) tea.Model) error {
	l := ledger.New()
	if err := l.Load(game.Contents{}); err != nil {
		return err
	}
	l.Open()
	screens := live.New(l)
	go screens.Run(context.Background())
	server, err := wish.NewServer(
		wish.WithHostKeyPath(os.Getenv(hostKeyVariable)),
		wish.WithPublicKeyAuth(func(ssh.Context, ssh.PublicKey) bool { return true }),
		wish.WithMiddleware(bubbletea.MiddlewareWithProgramHandler(func(sess ssh.Session) *tea.Program {
			return stockProgram(l, screens, sess, screen)
		})),
	)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	printListening(listener.Addr())
	return server.Serve(listener)
}

// stockProgram is the Program of one session.
func stockProgram(game *ledger.Ledger, screens *live.Live, sess ssh.Session, screen func(tui.Options) tea.Model) *tea.Program {
	pty, _, _ := sess.Pty()
	seat := game.Join(sess.User())
	model := screen(tui.Options{
		Name: sess.User(), Player: stockPlayer{seat}, Snapshot: screens.Latest(),
		Width: pty.Window.Width, Height: pty.Window.Height,
		Profile: colorprofile.Env([]string{"TERM=" + pty.Term}),
	})
	program := tea.NewProgram(model, bubbletea.MakeOptions(sess)...)
	go func() {
		defer seat.Leave()
		news := screens.Subscribe()
		defer news.Close()
		for {
			select {
			case <-news.Ready():
				program.Send(tui.SnapshotMsg{Snapshot: news.Take()})
			case <-sess.Context().Done():
				return
			}
		}
	}()
	return program
}

// stockPlayer counts every click.
type stockPlayer struct{ *ledger.Session }

func (s stockPlayer) Click() (game.Score, tui.Verdict) { return s.Session.Click(), tui.Counted }
