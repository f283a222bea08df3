package commands

import (
	"fmt"

	"clickky/server/identity"
	"clickky/sync/game"
)

type auditCmd struct {
	top

	JSON bool `name:"json" help:"One JSON array."`
}

// Run implements the command.
func (c *auditCmd) Run(r *request) error {
	limit := c.Top
	if limit == 0 {
		limit = game.KeptRecords
	}
	records := r.Ledger.Audit(limit, 0)
	if c.JSON {
		return printArray(r.out, len(records), func(i int) game.AuditRecord { return records[i] })
	}
	if len(records) == 0 {
		_, err := fmt.Fprintln(r.out, "No admin has changed anything yet.")
		return err
	}
	return printColumns(r.out, len(records), func(i int) []string {
		a := &records[i]
		note := ""
		if a.Reason != "" {
			note = "reason: " + identity.Printable(a.Reason)
		}
		if a.UndoneBy != 0 {
			note = fmt.Sprintf("undone by #%d  %s", a.UndoneBy, note)
		}
		return []string{
			fmt.Sprintf("#%d", a.Number), timestamp(a.At), identity.Printable(a.Admin), identity.Printable(describe(a)), note,
		}
	})
}
