package main

import (
	"fmt"
	"log/slog"
	"reflect"
	"strconv"
	"time"

	"github.com/alecthomas/kong"
)

// plainErrors make kong say in plain words what a flag takes. Its own errors quote Go's
// packages.
var plainErrors = kong.OptionFunc(func(k *kong.Kong) error {
	for _, option := range []kong.Option{
		takes("a whole number", strconv.Atoi),
		takes("a duration such as 30s, 5m or 1h", time.ParseDuration),
		takes("debug, info, warn or error", func(text string) (level slog.Level, err error) {
			return level, level.UnmarshalText([]byte(text))
		}),
	} {
		if err := option.Apply(k); err != nil {
			return err
		}
	}
	return nil
})

// takes returns how kong reads a value of type T.
func takes[T any](what string, read func(text string) (T, error)) kong.Option {
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
