package manual

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// zsh finds out by itself which command the line is in, because flags may stand
// before it, and leaves the rest to _arguments.
func zsh(program string, all []command) string {
	var out strings.Builder
	fmt.Fprintf(&out, zshHead, program, zshSteps(all))
	for _, c := range all {
		fmt.Fprintf(&out, "    %s)\n", single(c.key()))
		if words := children(c.node); len(words) > 0 {
			out.WriteString("        commands=(\n")
			for _, w := range words {
				fmt.Fprintf(&out, "            %s\n", single(zshEscape(w[0], `\:`)+":"+w[1]))
			}
			out.WriteString("        )\n")
		}
		out.WriteString("        specs=(\n")
		for _, f := range c.flags {
			for _, name := range spellings(f) {
				fmt.Fprintf(&out, "            %s\n", single(zshFlag(f, name)))
			}
		}
		for _, spec := range zshArguments(c) {
			fmt.Fprintf(&out, "            %s\n", single(spec))
		}
		out.WriteString("        )\n        ;;\n")
	}
	fmt.Fprintf(&out, zshTail, program)
	return out.String()
}

// zshEscape puts a backslash before each of some characters.
func zshEscape(text, special string) string {
	var out strings.Builder
	for _, r := range text {
		if strings.ContainsRune(special, r) {
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
	return out.String()
}

func zshFlag(f *kong.Flag, name string) string {
	spec := "*" + name
	if takesValue(f) && strings.HasPrefix(name, "--") {
		spec += "="
	}
	spec += "[" + zshEscape(f.Help, `\[]:`) + "]"
	if takesValue(f) {
		spec += ":" + zshEscape(valueName(f), `\:`) + ":" + zshAction(kindOfFlag(f), f.EnumSlice())
	}
	return spec
}

// zshArguments are the words of the line that are no flags: first those of the
// command itself.
func zshArguments(c command) (specs []string) {
	for i, word := range c.path {
		specs = append(specs, fmt.Sprintf("%d: :(%s)", i+1, word))
	}
	if len(children(c.node)) > 0 {
		return append(specs, fmt.Sprintf("%d: :{_describe command commands}", len(c.path)+1))
	}
	for i, a := range c.node.Positional {
		at := fmt.Sprint(len(c.path) + i + 1)
		if a.IsCumulative() {
			at = "*"
		}
		specs = append(specs, at+":"+zshEscape(a.Name, `\:`)+":"+zshAction(kindOfArgument(a), a.EnumSlice()))
	}
	return specs
}

func zshAction(k kind, values []string) string {
	switch k {
	case oneOf:
		return "(" + strings.Join(values, " ") + ")"
	case directory:
		return "_files -/"
	case file:
		return "_files"
	}
	return " "
}

// zshSteps are the cases that take a word of the line.
func zshSteps(all []command) string {
	var out strings.Builder
	for _, c := range all {
		for _, child := range children(c.node) {
			to := strings.TrimSpace(c.key() + " " + child[0])
			fmt.Fprintf(&out, "        (%s) command=%s ;;\n", single(c.key()+":"+child[0]), single(to))
		}
		var names []string
		for _, f := range c.flags {
			if takesValue(f) {
				names = append(names, spellings(f)...)
			}
		}
		if len(names) > 0 {
			fmt.Fprintf(&out, "        (%s) ((i++)) ;;\n", bashKeys(c, names))
		}
	}
	return out.String()
}

const (
	zshHead = `#compdef %[1]s
# zsh completion for %[1]s, made by: %[1]s completion zsh

_%[1]s() {
    local command='' i
    local -a commands specs
    for ((i = 2; i < CURRENT; i++)); do
        case "$command:${words[i]}" in
%[2]s        esac
    done
    case "$command" in
`
	zshTail = `    esac
    _arguments -S "${specs[@]}"
}

if [[ "${funcstack[1]}" == _%[1]s ]]; then
    _%[1]s "$@"
else
    compdef _%[1]s %[1]s
fi
`
)
