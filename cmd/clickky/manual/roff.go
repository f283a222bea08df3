package manual

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

// Page returns the man page of a program, for section 1, in roff's man macros. Version is the
// program's version. Notes are sections that don't come from the definition, by title.
func Page(app *kong.Application, version string, notes ...Note) string {
	p := &page{}
	p.macro(".TH", strings.ToUpper(app.Name), "1", "", app.Name+" "+version, "User Commands")
	p.out.WriteString(".nh\n.ad l\n") // names of flags and variables stay whole
	p.macro(".SH", "NAME")
	p.line(escape(app.Name) + ` \- ` + escape(lowerFirst(strings.TrimSuffix(app.Help, "."))))
	all := commands(app)
	p.macro(".SH", "SYNOPSIS")
	for i, c := range all {
		if i > 0 && c.node.Leaf() {
			p.synopsis(app.Name, c)
		}
	}
	for _, note := range notes {
		if note.Early {
			p.note(note)
		}
	}
	p.macro(".SH", "COMMANDS")
	for i, c := range all {
		if i > 0 {
			p.command(app.Name, c, all[0])
		}
	}
	p.environment(all)
	for _, note := range notes {
		if !note.Early {
			p.note(note)
		}
	}
	return p.out.String()
}

// Note is a section of the page. Without a title it continues the section before it.
type Note struct {
	Title, Text string
	// Early notes come before the commands.
	Early bool
}

// page builds a man page.
type page struct{ out strings.Builder }

// line writes a line of text, escaping a control character at its beginning.
func (p *page) line(text string) {
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	p.out.WriteString(text + "\n")
}

// macro writes a macro with arguments.
func (p *page) macro(name string, args ...string) {
	p.out.WriteString(name)
	for _, arg := range args {
		p.out.WriteString(` "` + escape(arg) + `"`)
	}
	p.out.WriteString("\n")
}

// escapes are how roff prints these characters unchanged on every device, with hyphens that can be
// copied into a shell.
var escapes = map[rune]string{
	'\\': `\(rs`, '-': `\-`, '\'': `\(aq`, '"': `\(dq`, '`': `\(ga`, '^': `\(ha`, '~': `\(ti`,
}

// escape escapes a string so that roff prints it unchanged.
func escape(text string) string {
	var out strings.Builder
	for _, r := range strings.Join(strings.Fields(text), " ") {
		escaped, special := escapes[r]
		switch {
		case special:
			out.WriteString(escaped)
		case r == utf8.RuneError || !unicode.IsPrint(r):
			out.WriteString("?")
		case r > unicode.MaxASCII:
			fmt.Fprintf(&out, `\[u%04X]`, r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

func bold(text string) string { return `\fB` + escape(text) + `\fR` }

func italic(text string) string { return `\fI` + escape(text) + `\fR` }

func lowerFirst(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToLower(r)) + text[size:]
}

func (p *page) synopsis(program string, c command) {
	text := bold(program)
	if c.isDefault {
		text += " [" + bold(c.key()) + "]"
	} else {
		text += " " + bold(c.key())
	}
	if len(c.flags) > 0 {
		text += " [" + italic("flags") + "]"
	}
	for _, a := range c.node.Positional {
		text += " " + argument(a)
	}
	p.line(text)
	p.out.WriteString(".br\n")
}

func argument(a *kong.Positional) string {
	text := italic(a.Name)
	if a.IsCumulative() {
		text += `\ .\|.\|.`
	}
	if !a.Required {
		text = "[" + text + "]"
	}
	return text
}

// command writes the section of a command. For flags that the command shares with the default
// command, it only refers to that.
func (p *page) command(program string, c, root command) {
	p.macro(".SS", program+" "+c.key())
	p.line(escape(c.node.Help))
	if c.node.Detail != "" {
		p.out.WriteString(".PP\n")
		p.line(escape(c.node.Detail))
	}
	for _, a := range c.node.Positional {
		p.out.WriteString(".TP\n")
		p.line(argument(a))
		p.line(escape(a.Help))
	}
	var shared []string
	for _, f := range c.flags {
		if f.Name == "help" && !c.isDefault {
			continue // all have it
		}
		if !c.isDefault && slices.ContainsFunc(root.flags, func(r *kong.Flag) bool { return r.Name == f.Name && r.Help == f.Help }) {
			shared = append(shared, bold("--"+f.Name))
			continue
		}
		p.flag(f)
	}
	if len(shared) > 0 {
		p.out.WriteString(".PP\n")
		p.line("It also takes these flags of " + bold(program+" "+defaultKey(root)) + ": " + strings.Join(shared, ", ") + ".")
	}
}

// defaultKey returns the key of the default command.
func defaultKey(root command) string {
	if d := root.node.DefaultCmd; d != nil {
		return d.Name
	}
	return ""
}

func (p *page) flag(f *kong.Flag) {
	var names []string
	for _, s := range spellings(f) {
		names = append(names, bold(s))
	}
	text := strings.Join(names, ", ")
	if takesValue(f) {
		text += "=" + italic(valueName(f))
	}
	p.out.WriteString(".TP\n")
	p.line(text)
	help := escape(f.Help)
	for _, env := range f.Envs {
		help += " Environment: " + bold(env) + "."
	}
	p.line(help)
}

// valueName returns the placeholder for the value of a flag.
func valueName(f *kong.Flag) string {
	if f.PlaceHolder != "" {
		return f.PlaceHolder
	}
	return strings.ToUpper(f.Name)
}

// environment writes the list of variables with their flags.
func (p *page) environment(all []command) {
	flags := map[string]string{}
	for _, c := range all {
		for _, f := range c.flags {
			for _, env := range f.Envs {
				flags[env] = f.Name
			}
		}
	}
	if len(flags) == 0 {
		return
	}
	p.macro(".SH", "ENVIRONMENT")
	p.line(escape("Flags override variables, variables override the settings file, and the settings file overrides defaults. An empty variable counts as unset."))
	for _, env := range slices.Sorted(maps.Keys(flags)) {
		p.out.WriteString(".TP\n")
		p.line(bold(env))
		p.line("The same as " + bold("--"+flags[env]) + ".")
	}
}

func (p *page) note(n Note) {
	if n.Title == "" {
		p.out.WriteString(".PP\n")
	} else {
		p.macro(".SH", n.Title)
	}
	for i, paragraph := range strings.Split(n.Text, "\n\n") {
		if i > 0 {
			p.out.WriteString(".PP\n")
		}
		p.line(escape(paragraph))
	}
}
