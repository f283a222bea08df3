package settings

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// fit returns why a flag can't have a value of the file, or nil if it can.
func fit(flag *kong.Flag, value any) error {
	if want := kindFor(flag.Target.Type()); !want.takes(value) {
		return fmt.Errorf("%s must be %s", flag.Name, want.example)
	}
	scan := kong.Scan().PushTyped(value, kong.FlagValueToken)
	err := flag.Mapper.Decode(&kong.DecodeContext{Value: flag.Value, Scan: scan}, reflect.New(flag.Target.Type()).Elem())
	switch {
	case err != nil && flag.Tag.Has(secretTag):
		return fmt.Errorf("%s can't have that value", flag.Name)
	case err != nil:
		return fmt.Errorf("%s: %w", flag.Name, err)
	case flag.Enum != "" && !flag.EnumMap()[fmt.Sprint(value)]:
		return fmt.Errorf("%s must be one of %s", flag.Name, strings.Join(flag.EnumSlice(), ", "))
	}
	return nil
}

// kind is the kind of value that a flag takes from a file.
type kind struct {
	example string
	takes   func(value any) bool
}

func is[T any](value any) bool { _, ok := value.(T); return ok }

var (
	truth  = kind{"true or false, without quotation marks", is[bool]}
	whole  = kind{"a whole number, without quotation marks", is[int64]}
	number = kind{"a number, without quotation marks", func(v any) bool { return is[int64](v) || is[float64](v) }}
	text   = kind{"text in quotation marks", is[string]}
	span   = kind{`a duration in quotation marks, such as "30s"`, is[string]}
)

// kindFor returns the kind of value for a flag of a type.
func kindFor(t reflect.Type) kind {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return span
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return text
	}
	switch zero := reflect.Zero(t); {
	case t.Kind() == reflect.Bool:
		return truth
	case zero.CanInt(), zero.CanUint():
		return whole
	case zero.CanFloat():
		return number
	case t.Kind() == reflect.Slice:
		return listOf(kindFor(t.Elem()))
	}
	return text
}

func listOf(element kind) kind {
	return kind{"a list, such as [\"…\", \"…\"], of " + element.example, func(value any) bool {
		list, ok := value.([]any)
		for _, v := range list {
			ok = ok && element.takes(v)
		}
		return ok
	}}
}
