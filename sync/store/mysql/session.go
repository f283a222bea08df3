package mysql

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	driver "github.com/go-sql-driver/mysql"
)

// optionalVariables are session variables that Clickky can do without. It uses a server that
// rejects one, or doesn't know it.
var optionalVariables = []string{"innodb_lock_wait_timeout", "lock_wait_timeout", "sql_safe_updates", "wait_timeout"}

// connector makes connections whose sessions have the configured variables, and a default
// isolation.
type connector struct {
	sqldriver.Connector

	variables map[string]string
	log       driver.Logger
}

// newConnector returns a connector. The driver alone would set all variables in one statement,
// which fails as a whole.
func newConnector(cfg *driver.Config) (sqldriver.Connector, error) {
	bare := cfg.Clone()
	bare.Params = nil
	inner, err := driver.NewConnector(bare)
	return connector{inner, cfg.Params, cfg.Logger}, err
}

// Connect implements the driver's Connector.
func (c connector) Connect(ctx context.Context) (sqldriver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	on, ok := conn.(session)
	if !ok {
		err = errors.New("the driver's connection doesn't accept statements")
	} else if err = c.setVariables(ctx, on); err == nil {
		err = setIsolation(ctx, on)
	}
	if err != nil {
		_ = conn.Close() // err has the reason
		return nil, err
	}
	return conn, nil
}

// session is a connection before database/sql has it.
type session interface {
	sqldriver.ExecerContext
	sqldriver.QueryerContext
}

// setVariables sets all variables at once, or one by one if the server rejects some.
func (c connector) setVariables(ctx context.Context, on session) error {
	names := slices.Sorted(maps.Keys(c.variables))
	assignments := make([]string, len(names))
	for i, name := range names {
		assignments[i] = name + " = " + c.variables[name]
	}
	if len(names) == 0 {
		return nil
	}
	_, err := on.ExecContext(ctx, "SET "+strings.Join(assignments, ", "), nil)
	if errorNumber(err) == 0 {
		return err
	}
	for i, name := range names {
		_, err := on.ExecContext(ctx, "SET "+assignments[i], nil)
		switch {
		case err == nil:
		case errorNumber(err) != 0 && slices.Contains(optionalVariables, strings.ToLower(name)):
			c.log.Print("the server rejects the variable ", name, ", which is only a precaution: ", err)
		default:
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	return nil
}

// setIsolation makes statements see what others have committed so far. Every writing transaction
// locks the one row of clickky_state first, so stricter isolation would add nothing. A server with
// statement-based binary logs rejects this level; there, a transaction sees what was committed
// before its first read, which comes after that lock.
func setIsolation(ctx context.Context, on session) error {
	statements, err := isStatementLog(ctx, on)
	if err != nil {
		return err
	}
	level := "READ COMMITTED"
	if statements {
		level = "REPEATABLE READ"
	}
	_, err = on.ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL "+level, nil)
	return err
}

// isStatementLog reports whether the server has a statement-based binary log. SHOW VARIABLES omits
// unknown variables.
func isStatementLog(ctx context.Context, on session) (bool, error) {
	rows, err := on.QueryContext(ctx, "SHOW VARIABLES WHERE `Variable_name` = 'log_bin' AND `Value` IN ('1', 'ON')"+
		" OR `Variable_name` = 'binlog_format' AND `Value` = 'STATEMENT'", nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = rows.Close() }() // Next reports more
	row := make([]sqldriver.Value, len(rows.Columns()))
	for listed := 0; ; listed++ {
		switch err := rows.Next(row); {
		case errors.Is(err, io.EOF):
			return listed == 2, nil //nolint:mnd // both
		case err != nil:
			return false, err
		}
	}
}

// variable returns the value of a variable; empty if the server doesn't know it.
func variable(ctx context.Context, tx *sql.Tx, name string) (value string, err error) {
	err = tx.QueryRowContext(ctx, "SHOW VARIABLES WHERE `Variable_name` = ?", name).Scan(&name, &value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

// isOn reports whether a value of SHOW VARIABLES means on.
func isOn(value string) bool { return value == "1" || strings.EqualFold(value, "ON") }
