package main

import (
	"fmt"
	"log/slog"
	"reflect"
	"strconv"
	"time"

	"github.com/alecthomas/kong"
)

// plainErrors makes kong describe in plain words what a flag expects. Its own errors quote Go's
// packages.
var plainErrors = kong.OptionFunc(func(k *kong.Kong) error {
	for _, option := range []kong.Option{
		mapValue("a whole number", strconv.Atoi),
		mapValue("a duration such as 30s, 5m or 1h", time.ParseDuration),
		mapValue("debug, info, warn or error", func(text string) (level slog.Level, err error) {
			return level, level.UnmarshalText([]byte(text))
		}),
	} {
		if err := option.Apply(k); err != nil {
			return err
		}
	}
	return nil
})

// mapValue returns an option with which kong parses values of type T.
func mapValue[T any](what string, read func(text string) (T, error)) kong.Option {
	return kong.TypeMapper(reflect.TypeFor[T](), kong.MapperFunc(func(ctx *kong.DecodeContext, target reflect.Value) error {
		token, err := ctx.Scan.PopValue(what)
		if err != nil {
			return fmt.Errorf("write %s after it", what)
		}
		text := fmt.Sprint(token.Value)
		value, err := read(text)
		if err != nil {
			return fmt.Errorf("write %s instead of %q", what, text)
		}
		target.Set(reflect.ValueOf(value))
		return nil
	}))
}
