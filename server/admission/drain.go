package admission

import (
	"reflect"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// drain lets the goroutines of an authenticated connection end that has been
// closed. The SSH library has one that reads packets ahead and one that
// handles them; when the second ends because of a packet that makes no sense,
// the first waits for ever to hand over what it has read, up to 4 MB, and
// others wait for it. So it is taken here, where the library has no way to ask
// for it. Should the library change, nothing is done, and a test fails that has
// clients do so.
func drain(ctx ssh.Context) {
	conn, ok := ctx.Value(ssh.ContextKeyConn).(*gossh.ServerConn)
	if !ok {
		return // not authenticated: see pace
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
		for range incoming { //nolint:revive // until it is closed, since nothing can be read any more
		}
	}
}
