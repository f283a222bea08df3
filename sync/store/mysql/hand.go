package mysql

import (
	"context"
	"crypto/sha256"
	"database/sql"
	sqldriver "database/sql/driver"
	"encoding/hex"
)

// hand is the connection that holds the server's own lock on carrying out bindings. The
// lock ends with the connection, and so with this process; if this one is frozen the
// server closes the connection after a minute, as all that are idle.
type hand struct {
	turn chan struct{} // has a value while somebody looks at conn
	conn *sql.Conn     // nil: the lock is not held
}

// HoldBindings implements store.Store.
func (s *Store) HoldBindings(ctx context.Context) (held bool, err error) {
	if err := s.hand.take(ctx); err != nil {
		return false, wrap("take bindings in hand", err)
	}
	defer s.hand.leave()
	if s.hand.conn != nil {
		if err := s.hand.conn.QueryRowContext(ctx, "SELECT COALESCE(IS_USED_LOCK(?) = CONNECTION_ID(), FALSE)", s.handName()).Scan(&held); err == nil && held {
			return true, nil
		}
		s.hand.drop() // it is lost
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return false, wrap("take bindings in hand", err)
	}
	var got sql.NullInt64
	if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, 0)", s.handName()).Scan(&got); err != nil {
		s.hand.conn = conn
		s.hand.drop() // it may have it
		return false, wrap("take bindings in hand", err)
	}
	if got.Int64 != 1 {
		_ = conn.Close() // back to the pool
		return false, nil
	}
	s.hand.conn = conn
	return true, nil
}

// ReleaseBindings implements store.Store.
func (s *Store) ReleaseBindings(ctx context.Context) error {
	if err := s.hand.take(ctx); err != nil {
		return wrap("release bindings", err)
	}
	defer s.hand.leave()
	if s.hand.conn == nil {
		return nil
	}
	if _, err := s.hand.conn.ExecContext(ctx, "DO RELEASE_LOCK(?)", s.handName()); err != nil {
		s.hand.drop()
		return nil
	}
	_ = s.hand.conn.Close() // back to the pool
	s.hand.conn = nil
	return nil
}

// handName is that of the lock, made as that of a migration's.
func (s *Store) handName() string {
	sum := sha256.Sum256([]byte(s.cfg.driver.DBName))
	return "clickky_bindings_" + hex.EncodeToString(sum[:16])
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
