package main

import (
	"slices"

	"github.com/alecthomas/kong"
)

// printHelp prints kong's help. For the program itself it lists all commands in short form, then the
// flags of the default command.
func printHelp(options kong.HelpOptions, ctx *kong.Context) error {
	if ctx.Selected() != nil {
		return kong.DefaultHelpPrinter(options, ctx)
	}
	root := *ctx.Model.Node
	title := &kong.Group{Key: "default", Title: "Flags of " + ctx.Model.Name + " " + root.DefaultCmd.Name + " (the default command):"}
	root.Flags = slices.Clone(root.Flags)
	for _, f := range root.DefaultCmd.Flags {
		grouped := *f
		grouped.Group = title
		root.Flags = append(root.Flags, &grouped)
	}
	app := *ctx.Model
	app.Node = &root
	parser := *ctx.Kong
	parser.Model = &app
	shown := *ctx
	shown.Kong = &parser
	options.Compact, options.FlagsLast = true, true
	return kong.DefaultHelpPrinter(options, &shown)
}
