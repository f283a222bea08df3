package settings

import (
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Origin is where a setting comes from.
type Origin string

// The origins; each overrides those after it.
const (
	Flag        Origin = "flag"
	Environment Origin = "environment"
	InFile      Origin = "file"
	Default     Origin = "default"
)

// Setting is a flag with its effective value, without passwords.
type Setting struct {
	Name string `json:"name"`
	// Value is a bool, a number, a string or a list of strings.
	Value any    `json:"value"`
	From  Origin `json:"from"`
	// Line is the line in the file, from 1, if the value comes from the file.
	Line int `json:"line,omitempty"`
}

// List returns the settings of the flags, in the order of the flags. The file may be nil.
func List(call *kong.Context, file *File, flags []*kong.Flag) []Setting {
	list := make([]Setting, len(flags))
	for i, flag := range flags {
		from, line := origin(call, file, flag)
		list[i] = Setting{Name: flag.Name, Value: displayed(flag), From: from, Line: line}
	}
	return list
}

// origin returns the origin of a flag's value, and its line if that is the file.
func origin(call *kong.Context, file *File, flag *kong.Flag) (from Origin, line int) {
	switch {
	case isGiven(call, flag):
		return Flag, 0
	case inEnvironment(flag):
		return Environment, 0
	case file != nil && file.lines[flag.Name] > 0:
		return InFile, file.lines[flag.Name]
	}
	return Default, 0
}

// isGiven reports whether a flag is on the command line.
func isGiven(call *kong.Context, flag *kong.Flag) bool {
	return slices.ContainsFunc(call.Path, func(p *kong.Path) bool { return p.Flag == flag && !p.Resolved })
}

// displayed returns the value of a flag without passwords.
func displayed(flag *kong.Flag) any {
	switch v := flag.Target.Interface().(type) {
	case slog.Level:
		return strings.ToLower(v.String())
	case fmt.Stringer:
		return mask(flag, v.String())
	case []string:
		list := make([]string, len(v))
		for i, text := range v {
			list[i] = mask(flag, text)
		}
		return list
	}
	switch k := flag.Target.Kind(); {
	case k == reflect.Bool, flag.Target.CanInt(), flag.Target.CanUint(), flag.Target.CanFloat():
		return flag.Target.Interface()
	default:
		return mask(flag, fmt.Sprint(flag.Target.Interface()))
	}
}

// Changed returns the names of the flags whose values differ, in their order. Both lists are the
// flags of one command, parsed twice.
func Changed(was, now []*kong.Flag) []string {
	var names []string
	for i, flag := range was {
		if !reflect.DeepEqual(flag.Target.Interface(), now[i].Target.Interface()) {
			names = append(names, flag.Name)
		}
	}
	return names
}
