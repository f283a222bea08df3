package mysql

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"strings"
	"sync"

	driver "github.com/go-sql-driver/mysql"
)

var errKilled = errors.New("killed")

// breaker stands between a store and the driver. It records statements that change the database
// and, like a killed process, stops after a number of them: its connections are gone, and no new
// ones can be opened.
type breaker struct {
	mu      sync.Mutex
	left    int // how many more; negative: no limit
	killed  context.CancelFunc
	fail    func(statement string) error // called instead, unless it returns nil
	changes []string
	conns   []sqldriver.Conn
}

func (b *breaker) connector(cfg *driver.Config) (sqldriver.Connector, error) {
	inner, err := newConnector(cfg)
	return brokenConnector{inner, b}, err
}

// step is called before each statement.
func (b *breaker) step(statement string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		if err := b.fail(statement); err != nil {
			return err
		}
	}
	if b.left == 0 {
		for _, conn := range b.conns {
			_ = conn.Close()
		}
		b.conns = nil
		b.killed() // or goose would retry for some seconds
		return errKilled
	}
	if strings.HasPrefix(strings.TrimSpace(statement), "SELECT") {
		return nil
	}
	b.changes = append(b.changes, statement)
	b.left--
	return nil
}

type brokenConnector struct {
	sqldriver.Connector
	breaker *breaker
}

func (c brokenConnector) Connect(ctx context.Context) (sqldriver.Conn, error) {
	if err := c.breaker.step("SELECT"); err != nil {
		return nil, err
	}
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	inner, ok := conn.(fullConn)
	if !ok {
		return nil, errors.New("the driver's connection has not all the methods")
	}
	c.breaker.mu.Lock()
	defer c.breaker.mu.Unlock()
	c.breaker.conns = append(c.breaker.conns, conn)
	return brokenConn{inner, c.breaker}, nil
}

// fullConn has the interfaces through which database/sql uses the driver.
type fullConn interface {
	sqldriver.Conn
	sqldriver.ConnBeginTx
	sqldriver.ExecerContext
	sqldriver.QueryerContext
	sqldriver.Pinger
	sqldriver.SessionResetter
	sqldriver.Validator
	sqldriver.NamedValueChecker
}

type brokenConn struct {
	fullConn
	breaker *breaker
}

func (c brokenConn) ExecContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	if err := c.breaker.step(query); err != nil {
		return nil, err
	}
	return c.fullConn.ExecContext(ctx, query, args)
}

func (c brokenConn) QueryContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	if err := c.breaker.step(query); err != nil {
		return nil, err
	}
	return c.fullConn.QueryContext(ctx, query, args)
}

func (c brokenConn) BeginTx(ctx context.Context, opts sqldriver.TxOptions) (sqldriver.Tx, error) {
	if err := c.breaker.step("BEGIN"); err != nil {
		return nil, err
	}
	tx, err := c.fullConn.BeginTx(ctx, opts)
	return brokenTx{tx, c.breaker}, err
}

type brokenTx struct {
	sqldriver.Tx
	breaker *breaker
}

func (t brokenTx) Commit() error {
	if err := t.breaker.step("COMMIT"); err != nil {
		return err
	}
	return t.Tx.Commit()
}
