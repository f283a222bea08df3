package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/alecthomas/kong"

	"clickky/cmd/clickky/settings"
	"clickky/server/identity"
)

// configCmd prints the settings that the server would use with the same flags.
type configCmd struct {
	serveCmd

	JSON bool `name:"json" help:"Print one JSON array."`
}

// Run implements the command. It prints all settings, then fails as the server would if one of them
// is invalid.
func (c *configCmd) Run(p *app) error {
	serve := slices.DeleteFunc(slices.Clone(p.call.Selected().Flags), func(flag *kong.Flag) bool { return flag.Name == "json" })
	list := settings.List(p.call, p.file, serve)
	if c.DB != "" && c.DBPasswordFile == "" && os.Getenv(passwordVariable) != "" {
		list = append(list, settings.Setting{Name: "db-password", Value: "***", From: settings.Environment})
	}
	if err := c.print(p.stdout, list); err != nil {
		return err
	}
	_, err := c.readAccessLists()
	return err
}

func (c *configCmd) print(to io.Writer, list []settings.Setting) error {
	if c.JSON {
		return json.NewEncoder(to).Encode(list)
	}
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "SETTING\tVALUE\tFROM") // Flush tells of the error
	for _, s := range list {
		value := fmt.Sprint(s.Value)
		if texts, ok := s.Value.([]string); ok {
			value = strings.Join(texts, "; ")
		}
		if value == "" {
			value = "-"
		}
		from := string(s.From)
		if s.Line > 0 {
			from = fmt.Sprintf("%s, line %d", from, s.Line)
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", s.Name, identity.Printable(value), from)
	}
	return w.Flush()
}

// warnOfOpenFile warns of a settings file that contains a password and is readable by other users.
func (p *app) warnOfOpenFile(log *slog.Logger) {
	if p.file != nil && p.file.Open && p.file.HoldsSecret(p.call.Model.DefaultCmd.Flags) {
		log.Warn("every user of this machine can read the password in the settings file: "+
			"run chmod o-r on the file, or move the password to --db-password-file", "file", p.file.Path)
	}
}
