package main

import (
	"fmt"
	"runtime/debug"
)

type versionCmd struct{}

// Run implements the command.
func (versionCmd) Run(p *app) error {
	_, err := fmt.Fprintf(p.stdout, "clickky %s\n%s", version(), commit())
	return err
}

// commit returns a line with the commit and the state of the tree that was built; empty if the build
// doesn't know them.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	about := make(map[string]string)
	for _, s := range info.Settings {
		about[s.Key] = s.Value
	}
	if about["vcs.revision"] == "" {
		return ""
	}
	line := fmt.Sprintf("commit %s of %s", about["vcs.revision"], about["vcs.time"])
	if about["vcs.modified"] == "true" {
		line += ", with local changes"
	}
	return line + "\n"
}

// version returns the tag or the commit that was built.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	v := info.Main.Version
	if v == "" {
		v = "(devel)"
	}
	return v + " " + info.GoVersion
}
