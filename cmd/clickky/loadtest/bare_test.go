package loadtest

import (
	"context"
	"crypto/ed25519"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// serveBare is the least that an SSH server can do for its players: it writes
// each of them so many bytes, so often, and reads what they send, or answers it with
// as many bytes.
func serveBare() error {
	size, err := strconv.Atoi(os.Getenv(bareBytes))
	if err != nil {
		return err
	}
	every, err := time.ParseDuration(os.Getenv(bareEvery))
	if err != nil {
		return err
	}
	key, err := gossh.NewSignerFromKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		return err
	}
	config := &gossh.ServerConfig{PublicKeyCallback: func(gossh.ConnMetadata, gossh.PublicKey) (*gossh.Permissions, error) {
		return &gossh.Permissions{}, nil
	}}
	config.AddHostKey(key)
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	printListening(listener.Addr())
	frame := bareFrame(size)
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go bareConn(conn, config, frame, every)
	}
}

// bareFrame is an update of so many bytes.
func bareFrame(size int) []byte {
	const begin, end = modeMark + "h\x1b[12;30H", modeMark + "l"
	return []byte(begin + strings.Repeat("8", max(size-len(begin)-len(end), 0)) + end)
}

func bareConn(conn net.Conn, config *gossh.ServerConfig, frame []byte, every time.Duration) {
	_, channels, requests, err := gossh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go gossh.DiscardRequests(requests)
	for offer := range channels {
		channel, requests, err := offer.Accept()
		if err != nil {
			return
		}
		go bareSession(channel, requests, frame, every)
	}
}

func bareSession(channel gossh.Channel, requests <-chan *gossh.Request, frame []byte, every time.Duration) {
	for request := range requests {
		if request.WantReply {
			_ = request.Reply(true, nil)
		}
		if request.Type != "shell" {
			continue
		}
		go bareReader(channel, frame)
		go func() {
			tick := time.NewTicker(every)
			defer tick.Stop()
			for ; ; <-tick.C {
				if _, err := channel.Write(frame); err != nil {
					return
				}
			}
		}()
	}
}

// bareReader reads what a player sends.
func bareReader(channel gossh.Channel, frame []byte) {
	answers := os.Getenv(bareAnswers) != ""
	buf := make([]byte, readSize)
	for {
		if _, err := channel.Read(buf); err != nil {
			return
		}
		if answers {
			_, _ = channel.Write(frame)
		}
	}
}
