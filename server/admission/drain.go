package admission

import (
	"reflect"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// drain ends the goroutines of a closed, authenticated connection. The SSH library has one
// goroutine that reads packets ahead and one that handles them. If the handler ends because
// of an invalid packet, the reader blocks for ever with up to 4 MB, and other goroutines wait
// for it. The library has no API for that, so drain receives from its unexported channel. If
// the library changes, drain does nothing, and a test with such clients fails.
func drain(ctx ssh.Context) {
	conn, ok := ctx.Value(ssh.ContextKeyConn).(*gossh.ServerConn)
	if !ok {
		return // not authenticated: see readAhead
	}
	inner := reflect.ValueOf(conn.Conn)
	for _, field := range []string{"transport", "incoming"} {
		if inner.Kind() == reflect.Interface {
			inner = inner.Elem()
		}
		if inner.Kind() != reflect.Pointer || inner.Elem().Kind() != reflect.Struct {
			return
		}
		f := inner.Elem().FieldByName(field)
		if !f.IsValid() {
			return
		}
		inner = reflect.NewAt(f.Type(), f.Addr().UnsafePointer()).Elem()
	}
	if incoming, ok := inner.Interface().(chan []byte); ok {
		for range incoming { //nolint:revive // until the library closes it
		}
	}
}
