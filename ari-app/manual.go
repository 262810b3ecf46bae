package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

type manualCmd struct{}

// Run prints the manual page, which says what --help says of every command.
func (manualCmd) Run(o *output, ctx *kong.Context) error {
	_, err := io.WriteString(o.out, manual(ctx.Model))
	return err
}

// manual is the manual page of section 1, in the language of man(7).
func manual(app *kong.Application) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH CLEARLINE 1 \"\" \"clearline %s\" \"Clearline\"\n", roff(version))
	b.WriteString(".SH NAME\nclearline \\- protect telephone lines from people who lie on them\n")
	b.WriteString(".SH SYNOPSIS\n.B clearline\n.I command\n[flags]\n.SH DESCRIPTION\n")
	b.WriteString(paragraphs(description))
	b.WriteString(".SH COMMANDS\n")
	for _, command := range app.Leaves(true) {
		fmt.Fprintf(&b, ".SS %s\n%s\n", roff(command.Summary()), roff(command.Help))
		if command.Detail != "" {
			b.WriteString(".PP\n" + paragraphs(command.Detail))
		}
		for _, p := range command.Positional {
			fmt.Fprintf(&b, ".TP\n.I %s\n%s\n", roff(p.Summary()), roff(p.Help))
		}
		for _, f := range command.Flags {
			if !f.Hidden {
				fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(f.String()), roff(f.Help))
			}
		}
	}
	b.WriteString(".SH FILES\n.TP\n.I /etc/clearline/clearline.toml\nthe configuration; every key is in clearline.example.toml\n" +
		".TP\n.I /var/lib/clearline\nwhat Clearline keeps, and a snapshot of it for every day\n")
	b.WriteString(".SH ENVIRONMENT\n.TP\n.B CLEARLINE_CONFIG\nthe configuration, where no \\-\\-config says otherwise\n")
	return b.String()
}

// paragraphs writes text as --help shows it: what is indented keeps its lines.
func paragraphs(text string) string {
	var b strings.Builder
	kept := false
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if indented := strings.HasPrefix(line, "  "); indented != kept && line != "" {
			b.WriteString(map[bool]string{true: ".nf\n", false: ".fi\n"}[indented])
			kept = indented
		}
		if line == "" {
			b.WriteString(".PP\n")
			continue
		}
		b.WriteString(roff(line) + "\n")
	}
	if kept {
		b.WriteString(".fi\n")
	}
	return b.String()
}

// roff is text in which nothing is an instruction to the formatter.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "\n", " ").Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}
