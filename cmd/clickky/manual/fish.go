package manual

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// fishQuote quotes a text for fish, where a backslash counts between quotes too.
func fishQuote(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

// fish finds out which command the line is in, because flags may stand before it.
func fish(program string, all []command) string {
	var out strings.Builder
	fmt.Fprintf(&out, fishHead, program, fishSteps(all))
	for _, c := range all {
		at := fmt.Sprintf("complete -c %s -n %s", program, fishQuote("__"+program+"_at "+fishQuote(c.key())))
		for _, w := range children(c.node) {
			fmt.Fprintf(&out, "%s -a %s -d %s\n", at, fishQuote(w[0]), fishQuote(w[1]))
		}
		for _, f := range c.flags {
			fmt.Fprintf(&out, "%s%s\n", at, fishFlag(f))
		}
		for _, a := range c.node.Positional {
			if action := fishAction(kindOfArgument(a), a.EnumSlice()); action != "" {
				fmt.Fprintf(&out, "%s%s\n", at, action)
			}
		}
	}
	return out.String()
}

func fishFlag(f *kong.Flag) string {
	text := " -l " + f.Name
	for _, alias := range f.Aliases {
		text += " -l " + alias
	}
	if f.Short != 0 {
		text += " -s " + string(f.Short)
	}
	if takesValue(f) {
		text += fishValue(kindOfFlag(f), f.EnumSlice())
	}
	return text + " -d " + fishQuote(f.Help)
}

// fishValue completes the value of a flag.
func fishValue(k kind, values []string) string {
	if k == file {
		return " -r -F"
	}
	return " -x" + fishAction(k, values)
}

// fishAction completes a value, if anything is known of it. Of --flag=value the
// functions of fish are given the value only.
func fishAction(k kind, values []string) string {
	switch k {
	case oneOf:
		return " -a " + fishQuote(strings.Join(values, " "))
	case directory:
		return ` -a '(__fish_complete_directories (commandline -ct | string replace -r -- "^-[^=]*=" ""))'`
	case file:
		return " -F"
	}
	return ""
}

// fishSteps are the cases that take a word of the line.
func fishSteps(all []command) string {
	var out strings.Builder
	for _, c := range all {
		for _, child := range children(c.node) {
			to := strings.TrimSpace(c.key() + " " + child[0])
			fmt.Fprintf(&out, "            case %s\n                set command %s\n", fishQuote(c.key()+":"+child[0]), fishQuote(to))
		}
		var names []string
		for _, f := range c.flags {
			if takesValue(f) {
				for _, s := range spellings(f) {
					names = append(names, fishQuote(c.key()+":"+s))
				}
			}
		}
		if len(names) > 0 {
			fmt.Fprintf(&out, "            case %s\n                set skip 1\n", strings.Join(names, " "))
		}
	}
	return out.String()
}

// fishHead is everything before the completions; it takes the program's name and
// the steps.
const fishHead = `# fish completion for %[1]s, made by: %[1]s completion fish

# Tells whether the line is in that command.
function __%[1]s_at
    set -l line (commandline -opc)
    set -l command ''
    set -l skip 0
    for word in $line[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch "$command:$word"
%[2]s        end
    end
    test "$command" = "$argv[1]"
end

complete -c %[1]s -f
`
