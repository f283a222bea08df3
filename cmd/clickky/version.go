package main

import (
	"fmt"
	"runtime/debug"
)

type versionCmd struct{}

// Run implements the command.
func (versionCmd) Run(p *process) error {
	_, err := fmt.Fprintf(p.stdout, "clickky %s\n%s", version(), commit())
	return err
}

// commit is a line on what was built, beside the version: nothing if the build does
// not know, as outside of a repository.
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

// version is what the build knows of itself: a tag, or the commit.
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
