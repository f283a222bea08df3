package server

import (
	"fmt"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/ssh"

	"clickky/server/commands"
	"clickky/server/gate"
	"clickky/server/identity"
	"clickky/server/terminal"
	"clickky/tui"
)

// plainCommand is the game for people who listen to it: ssh -t HOST plain.
const plainCommand = "plain"

// plain plays without a screen: lines of text, and no cursor that moves.
func (s *Server) plain(sess ssh.Session, player identity.Player) parting {
	options, feed, leave := s.sit(sess, player)
	defer leave()
	game := tui.NewPlain(options)

	keys, over := make(chan tea.KeyPressMsg), make(chan struct{})
	var reading sync.WaitGroup
	hungUp := make(chan struct{})
	reading.Go(func() {
		defer close(hungUp)
		_ = terminal.ReadKeys(sess, s.events(), func(key tea.KeyPressMsg) {
			feed.pressed()
			select {
			case keys <- key:
			case <-over:
			}
		})
	})
	say(sess, game.Greeting()...)
	err := listen(sess, game, feed, keys, hungUp)
	close(over)
	gate.ChannelOf(sess.Context()).Finish()
	say(sess, strings.Split(game.Farewell(), "\n")...)
	_ = sess.Exit(commands.Done)
	reading.Wait()
	return feed.parting(err)
}

// listen plays until the player leaves or has hung up.
func listen(sess ssh.Session, game *tui.Plain, feed *feed, keys <-chan tea.KeyPressMsg, hungUp <-chan struct{}) error {
	seconds := time.NewTicker(time.Second)
	defer seconds.Stop()
	for leave := false; !leave; {
		var lines []string
		select {
		case <-hungUp:
			return terminal.ErrHungUp
		case key := <-keys:
			lines, leave = game.Update(key)
		case <-seconds.C:
			lines, leave = game.Update(tui.SecondMsg{})
		case <-feed.wake:
			for msg := feed.next(); msg != nil && !leave; msg = feed.next() {
				var more []string
				more, leave = game.Update(msg)
				lines = append(lines, more...)
			}
		}
		say(sess, lines...)
	}
	return nil
}

// say prints lines.
func say(sess ssh.Session, lines ...string) {
	for _, line := range lines {
		_, _ = fmt.Fprintln(sess, line) // who has gone hears nothing
	}
}
