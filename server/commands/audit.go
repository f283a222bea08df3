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

// auditJSON is an entry of "audit" in JSON.
type auditJSON struct {
	Number   uint64           `json:"number"`
	At       string           `json:"at"`
	Do       string           `json:"do"`
	Who      string           `json:"who"`
	Key      string           `json:"key"`
	Why      string           `json:"why"`
	Target   string           `json:"target"`
	Before   game.TargetState `json:"before"`
	After    game.TargetState `json:"after"`
	UndoneBy uint64           `json:"undone_by"`
}

// Run implements the command.
func (c *auditCmd) Run(r *request) error {
	limit := c.Top
	if limit == 0 {
		limit = game.KeptRecords
	}
	records := r.Ledger.Audit(limit, 0)
	if c.JSON {
		return printArray(r.out, len(records), func(i int) auditJSON { return auditEntry(&records[i]) })
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

func auditEntry(a *game.AuditRecord) auditJSON {
	return auditJSON{a.Number, timestamp(a.At), a.Kind, a.Admin, a.Key, a.Reason, a.Target, a.Before, a.After, a.UndoneBy}
}
