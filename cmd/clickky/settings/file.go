// Package settings reads a settings file (TOML) with the names of a command's flags, passes the
// values to kong, and lists every setting with its origin.
//
// It guarantees that a flag overrides the environment, which overrides the file, which overrides
// the default; that a file with any mistake changes nothing; that an error is one sentence with the
// file, and with line and name where known; and that neither errors nor listings contain a
// password.
package settings

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"clickky/server/identity"
)

// FlagName is the flag that names the file. The file can't set it.
const FlagName = "config"

// worldReadable is the permission bit of a file that all users of the machine may read.
const worldReadable = 0o004

// File is a valid settings file. It is immutable and implements kong.Resolver.
type File struct {
	// Path is where the file was read.
	Path string
	// Open reports whether every user of the machine may read the file.
	Open bool

	values map[string]any
	lines  map[string]int // where each key stands, from 1
}

// Load reads the file named by --config or its variable, and lets kong resolve from it the flags
// that command line and environment don't set. The file may hold all settings of the default
// command, whichever command is called, so that one file serves all. Load returns nil if no file is
// named.
func Load(call *kong.Context) (*File, error) {
	called := call.Selected()
	if called == nil { // only help was asked for
		return nil, nil
	}
	flags := called.Flags
	at := slices.IndexFunc(flags, func(f *kong.Flag) bool { return f.Name == FlagName })
	if at < 0 {
		return nil, nil
	}
	path, _ := call.FlagValue(flags[at]).(string)
	if path == "" {
		return nil, nil
	}
	f, err := read(path, call.Model.DefaultCmd.Flags)
	if err != nil {
		return nil, err
	}
	call.AddResolver(f)
	return f, nil
}

// read reads a file, and checks all of it against the flags that it may set.
func read(path string, flags []*kong.Flag) (*File, error) {
	text, err := os.ReadFile(path)
	if bare, ok := errors.AsType[*os.PathError](err); ok {
		err = bare.Err
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("can't read the settings file %s: %w", path, err)
	case len(text) == 0: // more likely the disk is full, or somebody is just writing it
		return nil, fmt.Errorf("the settings file %s is empty; if that is what you want, put a comment in it", path)
	}
	file, err := parse(path, text)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	file.Open = err == nil && info.Mode().IsRegular() && info.Mode().Perm()&worldReadable != 0
	return file, file.check(flags)
}

// parse parses the content of a file.
func parse(path string, text []byte) (*File, error) {
	f := &File{Path: path, values: map[string]any{}, lines: map[string]int{}}
	if err := toml.Unmarshal(text, &f.values); err != nil {
		what := identity.Printable(strings.TrimPrefix(err.Error(), "toml: "))
		if at, ok := errors.AsType[*toml.DecodeError](err); ok {
			line, _ := at.Position()
			return nil, fmt.Errorf("%s, line %d: invalid TOML: %s", path, line, what)
		}
		return nil, fmt.Errorf("%s: invalid TOML: %s", path, what)
	}
	var p unstable.Parser
	for p.Reset(text); p.NextExpression(); {
		switch e := p.Expression(); e.Kind {
		case unstable.KeyValue, unstable.Table, unstable.ArrayTable:
			if key := e.Key(); key.Next() {
				name := string(key.Node().Data)
				if _, known := f.lines[name]; !known {
					f.lines[name] = p.Shape(key.Node().Raw).Start.Line
				}
			}
		}
	}
	return f, nil
}

// check returns an error for the first key that matches none of the flags.
func (f *File) check(flags []*kong.Flag) error {
	keys := slices.SortedFunc(maps.Keys(f.values), func(a, b string) int { return cmp.Compare(f.lines[a], f.lines[b]) })
	for _, key := range keys {
		at := slices.IndexFunc(flags, func(flag *kong.Flag) bool { return flag.Name == key })
		err := fmt.Errorf("unknown setting %q", key)
		switch {
		case key == FlagName:
			err = errors.New("a settings file can't name another one; remove " + FlagName)
		case at >= 0:
			err = fit(flags[at], f.values[key])
		}
		if err != nil {
			return fmt.Errorf("%s, line %d: %w", f.Path, f.lines[key], err)
		}
	}
	return nil
}

// HoldsSecret reports whether the file sets a flag that holds a password.
func (f *File) HoldsSecret(flags []*kong.Flag) bool {
	return slices.ContainsFunc(flags, func(flag *kong.Flag) bool {
		list, isList := f.values[flag.Name].([]any)
		if !isList {
			list = []any{f.values[flag.Name]}
		}
		return slices.ContainsFunc(list, func(v any) bool { text, is := v.(string); return is && mask(flag, text) != text })
	})
}

// Validate implements kong.Resolver. Read has checked everything.
func (f *File) Validate(*kong.Application) error { return nil }

// Locate adds the line of the file to an error of kong's about a flag that the file sets.
func Locate(call *kong.Context, f *File, err error) error {
	if f == nil || call == nil || call.Selected() == nil {
		return err
	}
	for _, flag := range call.Selected().Flags {
		if from, line := origin(call, f, flag); from == InFile && strings.Contains(err.Error(), "--"+flag.Name+" ") {
			return fmt.Errorf("%s, line %d: %w", f.Path, line, err)
		}
	}
	return err
}

// Resolve implements kong.Resolver. It leaves flags alone that the environment sets.
func (f *File) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if flag.Name == FlagName || inEnvironment(flag) {
		return nil, nil
	}
	return f.values[flag.Name], nil
}

func inEnvironment(flag *kong.Flag) bool {
	return slices.ContainsFunc(flag.Envs, func(name string) bool { _, set := os.LookupEnv(name); return set })
}
