// Package manual writes what the definition of a command line says already: a man
// page, and completions for shells.
//
// It guarantees that every command and flag is there that is not hidden, with the
// names, help texts and environment variables that kong parses; that no help text
// can be taken for markup or code, whatever characters are in it; and that the same
// definition gives the same text.
package manual

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// command is a command that can be called.
type command struct {
	// path are its words, such as "bind"; none for the program itself.
	path []string
	node *kong.Node
	// flags are its own and those of the commands above it.
	flags []*kong.Flag
	// isDefault tells that it is what the program does without a command.
	isDefault bool
}

// key is the path as one text.
func (c command) key() string { return strings.Join(c.path, " ") }

// commands are the program itself, with the flags of the command that is its
// default, and all commands below it, those that only have others below them
// included.
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

// visible are the flags that can be given to a command.
func visible(n *kong.Node) (flags []*kong.Flag) {
	for _, group := range n.AllFlags(true) {
		flags = append(flags, group...)
	}
	return flags
}

// children are the words that may follow a command, with their help.
func children(n *kong.Node) (words [][2]string) {
	for _, child := range n.Children {
		if !child.Hidden {
			words = append(words, [2]string{child.Name, child.Help})
		}
	}
	return words
}

// takesValue tells whether another word belongs to a flag.
func takesValue(f *kong.Flag) bool { return !f.IsBool() && !f.IsCounter() }

// kind is what can be typed as a value.
type kind int

const (
	anything kind = iota
	oneOf
	directory
	file
)

// kindOf goes by what the value is called, for most are texts to kong. Some may be
// something else than a file too.
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

// spellings are how a flag is written.
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
