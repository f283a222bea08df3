package manual

import (
	"fmt"
	"strings"
)

// single quotes a text for the shells that take everything between single quotes
// as it is.
func single(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// bash needs nothing but bash, 3.2 or newer. Where = ends a word, as it does unless
// somebody has changed it, --flag=value are three words.
func bash(program string, all []command) string {
	var out strings.Builder
	fmt.Fprintf(&out, bashHead, program, bashSteps(all))
	for _, c := range all {
		for _, f := range c.flags {
			if action := bashAction(program, kindOfFlag(f), f.EnumSlice()); takesValue(f) && action != "" {
				fmt.Fprintf(&out, "        %s) %s ;;\n", bashKeys(c, spellings(f)), action)
			}
		}
	}
	out.WriteString("        esac\n        return\n    fi\n    if [[ $cur == -* ]]; then\n        case \"$command\" in\n")
	for _, c := range all {
		var names []string
		for _, f := range c.flags {
			names = append(names, spellings(f)...)
		}
		fmt.Fprintf(&out, "        %s) _%s_reply -W %s ;;\n", single(c.key()), program, single(strings.Join(names, " ")))
	}
	out.WriteString("        esac\n        return\n    fi\n    case \"$command\" in\n")
	for _, c := range all {
		if action := bashWords(program, c); action != "" {
			fmt.Fprintf(&out, "    %s) %s ;;\n", single(c.key()), action)
		}
	}
	fmt.Fprintf(&out, "    esac\n}\n\ncomplete -F _%s %s\n", program, program)
	return out.String()
}

// bashWords completes a word that is no flag: the next command, or an argument.
func bashWords(program string, c command) (action string) {
	var words []string
	for _, child := range children(c.node) {
		words = append(words, child[0])
	}
	if len(words) > 0 {
		return bashAction(program, oneOf, words)
	}
	for _, a := range c.node.Positional {
		if k := kindOfArgument(a); k != anything {
			action = bashAction(program, k, a.EnumSlice())
		}
	}
	return action
}

// bashSteps are the cases that take a word of the line: into a command, or as a flag
// whose value is the next word.
func bashSteps(all []command) string {
	var out strings.Builder
	for _, c := range all {
		for _, child := range children(c.node) {
			to := strings.TrimSpace(c.key() + " " + child[0])
			fmt.Fprintf(&out, "        %s) command=%s ;;\n", single(c.key()+":"+child[0]), single(to))
		}
		var names []string
		for _, f := range c.flags {
			if takesValue(f) {
				names = append(names, spellings(f)...)
			}
		}
		if len(names) > 0 {
			fmt.Fprintf(&out, "        %s) flag=$word ;;\n", bashKeys(c, names))
		}
	}
	return out.String()
}

// bashKeys are the patterns of a command with each of some flags.
func bashKeys(c command, flags []string) string {
	var keys []string
	for _, f := range flags {
		keys = append(keys, single(c.key()+":"+f))
	}
	return strings.Join(keys, "|")
}

// bashAction completes a value, if anything is known of it.
func bashAction(program string, k kind, values []string) string {
	reply := "_" + program + "_reply "
	switch k {
	case oneOf:
		return reply + "-W " + single(strings.Join(values, " "))
	case directory:
		return reply + "-d"
	case file:
		return reply + "-f"
	}
	return ""
}

// bashHead is everything before the values of flags; it takes the program's name
// and the steps.
const bashHead = `# bash completion for %[1]s, made by: %[1]s completion bash

# Completes the word $cur with what compgen makes of the arguments.
_%[1]s_reply() {
    local IFS=$'\n'
    case $1 in
    -W) COMPREPLY=($(IFS=' ' compgen -W "$2" -P "$prefix" -- "$cur")) ;;
    *)
        compopt -o filenames 2>/dev/null
        COMPREPLY=($(compgen "$1" -P "$prefix" -- "$cur"))
        ;;
    esac
}

_%[1]s() {
    local cur=${COMP_WORDS[COMP_CWORD]} prefix='' command='' flag='' word i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $flag ]]; then
            [[ $word == = ]] || flag=''
            continue
        fi
        case "$command:$word" in
%[2]s        esac
    done
    if [[ $flag && $cur == = ]]; then
        cur=''
    elif [[ $cur == --*=* ]]; then
        flag=${cur%%%%=*} prefix=${cur%%%%=*}= cur=${cur#*=}
    fi
    if [[ $flag ]]; then
        case "$command:$flag" in
`
