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

// The origins, each of which beats those after it.
const (
	Flag        Origin = "flag"
	Environment Origin = "environment"
	InFile      Origin = "file"
	Default     Origin = "default"
)

// Setting is one of them as it is in effect, without passwords.
type Setting struct {
	Name string `json:"name"`
	// Value is a bool, a number, a text or a list of texts.
	Value any    `json:"value"`
	From  Origin `json:"from"`
	// Line is where it stands, from 1, if it comes from the file.
	Line int `json:"line,omitempty"`
}

// List is what the flags of the command that was called are, in their order. File
// is nil if there is none.
func List(call *kong.Context, file *File, flags []*kong.Flag) []Setting {
	list := make([]Setting, len(flags))
	for i, flag := range flags {
		from, line := origin(call, file, flag)
		list[i] = Setting{Name: flag.Name, Value: shown(flag), From: from, Line: line}
	}
	return list
}

// origin is where a flag's value comes from, and its line in the file, if it is that.
func origin(call *kong.Context, file *File, flag *kong.Flag) (from Origin, line int) {
	switch {
	case given(call, flag):
		return Flag, 0
	case inEnvironment(flag):
		return Environment, 0
	case file != nil && file.lines[flag.Name] > 0:
		return InFile, file.lines[flag.Name]
	}
	return Default, 0
}

// given tells whether a flag is on the command line.
func given(call *kong.Context, flag *kong.Flag) bool {
	return slices.ContainsFunc(call.Path, func(p *kong.Path) bool { return p.Flag == flag && !p.Resolved })
}

// shown is the value of a flag for whoever may look.
func shown(flag *kong.Flag) any {
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

// Changed are the names of the flags that are not the same any more, in their
// order. Both are the flags of one command, parsed twice.
func Changed(was, now []*kong.Flag) []string {
	var names []string
	for i, flag := range was {
		if !reflect.DeepEqual(flag.Target.Interface(), now[i].Target.Interface()) {
			names = append(names, flag.Name)
		}
	}
	return names
}
