package rows

import (
	"context"
	"database/sql"
	"log/slog"

	"clickky/sync/game"
)

// Choices reads clickky_choices.
func Choices(ctx context.Context, tx *sql.Tx) (choices []game.Preference, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT `username`, `choice` FROM `clickky_choices`")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // reading to the end or Err tells more
	for rows.Next() {
		var c game.Preference
		if err := rows.Scan(&c.Name, &c.Text); err != nil {
			return nil, err
		}
		choices = append(choices, c)
	}
	return choices, rows.Err()
}

// ChoiceWriter writes what players have chosen to clickky_choices.
type ChoiceWriter struct {
	Tx *sql.Tx
	// Text returns what the database is to be given for a name or a choice.
	Text func(string) any
	// Refused is that of Writer.
	Refused func(error) bool
	// Log is told what was refused.
	Log *slog.Logger
}

// Save writes the choices as they are now, so many at a time, but for those that
// the database refuses.
func (w *ChoiceWriter) Save(ctx context.Context, choices []game.Preference, atOnce int) error {
	writer := Writer[game.Preference]{Tx: w.Tx, Write: w.write, Refused: w.Refused}
	refusals, err := writer.Save(ctx, choices, atOnce)
	if err != nil {
		return err
	}
	for _, r := range refusals {
		w.Log.Warn("the database rejects a player's preferences; not saving them", "player", r.Row.Name, "why", r.Reason)
	}
	return nil
}

func (w *ChoiceWriter) write(ctx context.Context, choices []game.Preference) error {
	names, values := make([]any, len(choices)), []any{}
	for i, c := range choices {
		names[i] = w.Text(c.Name)
		if c.Text != "" {
			values = append(values, names[i], w.Text(c.Text))
		}
	}
	if err := Delete(ctx, w.Tx, "clickky_choices", "username", names); err != nil {
		return err
	}
	return Insert(ctx, w.Tx, "`clickky_choices` (`username`, `choice`)", 2, values, "")
}
