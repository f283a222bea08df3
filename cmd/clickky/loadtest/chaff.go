package loadtest

import (
	"context"
	"reflect"
	"time"
	"unsafe"

	gossh "golang.org/x/crypto/ssh"
)

// chaffEvery is how often OpenSSH sends a packet while somebody types, since version 9.5.
const chaffEvery = 20 * time.Millisecond

// chaff is a packet to which a server has to answer: a global request (RFC 4254, section
// 4) that no server knows, as long as the ping that OpenSSH sends to hide when somebody
// types. The SSH library cannot send that ping, and ends a connection that gets the answer
// to one.
type chaff struct {
	Name      string `sshtype:"80"`
	WantReply bool
}

// sendMessage is the library's. Its SendRequest would wait for each answer, which may come
// later than the next packet is due.
//
//go:linkname sendMessage golang.org/x/crypto/ssh.(*mux).sendMessage
func sendMessage(mux unsafe.Pointer, msg any) error

// sendChaff sends packets until the context or the connection ends.
func sendChaff(ctx context.Context, conn gossh.Conn) {
	mux := reflect.ValueOf(conn).Elem().FieldByName("mux").UnsafePointer()
	tick := time.NewTicker(chaffEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if sendMessage(mux, chaff{"chaf", true}) != nil {
				return
			}
		}
	}
}
