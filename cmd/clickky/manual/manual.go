// Package manual generates a man page and shell completions from a kong command line.
//
// It guarantees that every visible command and flag is there with the names, help texts and
// environment variables that kong parses; that no help text can be taken for markup or code,
// whatever characters it contains; and that the same definition gives the same text.
package manual

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// command is a command that users can call.
type command struct {
	// path is the command's words, such as "bind"; empty for the program itself.
	path []string
	node *kong.Node
	// flags are the flags of the command and of those above it.
	flags []*kong.Flag
	// isDefault reports whether the program runs this command if none is given.
	isDefault bool
}

// key returns the path as one string.
func (c command) key() string { return strings.Join(c.path, " ") }

// commands returns the program itself, with the flags of its default command, and all commands
// below it, including those that only group others.
func commands(app *kong.Application) []command {
	root := command{node: app.Node, flags: visible(app.Node)}
	if d := app.DefaultCmd; d != nil {
		root.flags = visible(d)
	}
	all := []command{root}
	var walk func(n *kong.Node, path []string)
	walk = func(n *kong.Node, path []string) {
		for _, child := range n.Children {
			if child.Hidden {
				continue
			}
			below := append(slices.Clone(path), child.Name)
			all = append(all, command{path: below, node: child, flags: visible(child), isDefault: child == app.DefaultCmd})
			walk(child, below)
		}
	}
	walk(app.Node, nil)
	return all
}

// visible returns the flags of a command that are not hidden.
func visible(n *kong.Node) (flags []*kong.Flag) {
	for _, group := range n.AllFlags(true) {
		flags = append(flags, group...)
	}
	return flags
}

// children returns the subcommands with their help.
func children(n *kong.Node) (words [][2]string) {
	for _, child := range n.Children {
		if !child.Hidden {
			words = append(words, [2]string{child.Name, child.Help})
		}
	}
	return words
}

// takesValue reports whether the flag is followed by a value.
func takesValue(f *kong.Flag) bool { return !f.IsBool() && !f.IsCounter() }

// kind is the kind of a value, which decides how to complete it.
type kind int

const (
	anything kind = iota
	oneOf
	directory
	file
)

// kindOf infers the kind from the value's placeholder, because most values are strings to kong.
// Some may be something other than a file, too.
func kindOf(v *kong.Value, called string) kind {
	switch {
	case v.Enum != "":
		return oneOf
	case strings.EqualFold(called, "DIR"), v.Tag.Type == "existingdir":
		return directory
	case strings.EqualFold(called, "FILE"), strings.EqualFold(called, "KEY"), strings.EqualFold(called, "WHO"),
		v.Tag.Type == "path", v.Tag.Type == "existingfile":
		return file
	}
	return anything
}

func kindOfFlag(f *kong.Flag) kind { return kindOf(f.Value, f.PlaceHolder) }

func kindOfArgument(a *kong.Positional) kind { return kindOf(a, a.Name) }

// spellings returns the ways to write a flag.
func spellings(f *kong.Flag) []string {
	all := []string{"--" + f.Name}
	if f.Short != 0 {
		all = append(all, "-"+string(f.Short))
	}
	for _, alias := range f.Aliases {
		all = append(all, "--"+alias)
	}
	return all
}
