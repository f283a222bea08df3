package mysql

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
)

// hand is the connection that holds the server's own lock on carrying out bindings. The
// lock ends with the connection, and so with this process; if this one is frozen the
// server closes the connection after a minute, as all that are idle. Where the server
// has no such locks it is a row, which lasts for a minute after each call of HoldBindings.
type hand struct {
	turn chan struct{} // has a value while somebody looks at the others
	conn *sql.Conn     // nil: the lock is not held
	row  *rowLock      // nil: the server has locks of its own, as far as is known
}

// HoldBindings implements store.Store.
func (s *Store) HoldBindings(ctx context.Context) (held bool, err error) {
	if err := s.hand.take(ctx); err != nil {
		return false, s.wrap("claim key bindings", err)
	}
	defer s.hand.leave()
	if s.hand.conn != nil {
		if err := s.hand.conn.QueryRowContext(ctx, "SELECT COALESCE(IS_USED_LOCK(?) = CONNECTION_ID(), FALSE)", s.lockName("bindings")).Scan(&held); err == nil && held {
			return true, nil
		}
		s.hand.drop() // it is lost
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return false, s.wrap("claim key bindings", err)
	}
	held, known, err := getLock(ctx, conn, s.lockName("bindings"), 0)
	if err != nil {
		s.hand.conn = conn
		s.hand.drop() // it may have it
		return false, s.wrap("claim key bindings", err)
	}
	if held {
		s.hand.conn = conn
		return true, nil
	}
	_ = conn.Close() // back to the pool
	if known {
		return false, nil
	}
	if s.hand.row == nil {
		s.hand.row = newRowLock(s.lockName("bindings"))
	}
	held, err = s.hand.row.take(ctx, s.db)
	return held, s.wrap("claim key bindings", err)
}

// ReleaseBindings implements store.Store.
func (s *Store) ReleaseBindings(ctx context.Context) error {
	if err := s.hand.take(ctx); err != nil {
		return s.wrap("release key bindings", err)
	}
	defer s.hand.leave()
	if s.hand.row != nil {
		return s.wrap("release key bindings", s.hand.row.release(ctx, s.db))
	}
	if s.hand.conn == nil {
		return nil
	}
	if _, err := s.hand.conn.ExecContext(ctx, "SELECT RELEASE_LOCK(?)", s.lockName("bindings")); err != nil {
		s.hand.drop()
		return nil
	}
	_ = s.hand.conn.Close() // back to the pool
	s.hand.conn = nil
	return nil
}

func (h *hand) take(ctx context.Context) error {
	select {
	case h.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *hand) leave() { <-h.turn }

// drop closes the connection for good, so that the lock does not end up in the pool.
func (h *hand) drop() {
	if h.conn != nil {
		_ = h.conn.Raw(func(any) error { return sqldriver.ErrBadConn })
		_ = h.conn.Close()
	}
	h.conn = nil
}
