package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

const completionHelp = `Packages bring it with them. By hand:

  clearline completion bash > /usr/share/bash-completion/completions/clearline
  clearline completion zsh > /usr/share/zsh/vendor-completions/_clearline
  clearline completion fish > /usr/share/fish/vendor_completions.d/clearline.fish`

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

func (completionCmd) Help() string { return completionHelp }

// Run prints what a shell needs to complete command lines.
func (c completionCmd) Run(o *output, ctx *kong.Context) error {
	text := map[string]func([]place) string{"bash": forBash, "zsh": forZsh, "fish": forFish}[c.Shell](places(ctx.Model.Node, ""))
	_, err := io.WriteString(o.out, text)
	return err
}

// place is where somebody may be in a command line.
type place struct {
	path    string // "/contact/add"; empty before the first command
	choices []choice
}

// choice is a word that may come there.
type choice struct {
	word, help string
	command    bool
}

// places are those of a node and below it, each with its commands first.
func places(n *kong.Node, path string) []place {
	here := place{path: path}
	var below []place
	for _, child := range n.Children {
		if child.Hidden {
			continue
		}
		here.choices = append(here.choices, choice{child.Name, child.Help, true})
		below = append(below, places(child, path+"/"+child.Name)...)
	}
	for _, p := range n.Positional {
		for _, value := range p.EnumSlice() {
			if value != "" {
				here.choices = append(here.choices, choice{value, p.Help, false})
			}
		}
	}
	for _, f := range n.Flags {
		if !f.Hidden {
			here.choices = append(here.choices, choice{"--" + f.Name, f.Help, false})
		}
	}
	if !slices.ContainsFunc(here.choices, func(c choice) bool { return c.word == "--help" }) {
		here.choices = append(here.choices, choice{"--help", "Show what there is.", false})
	}
	return append([]place{here}, below...)
}

// commands are the paths of all places but the first.
func commands(all []place) []string {
	var paths []string
	for _, p := range all[1:] {
		paths = append(paths, p.path)
	}
	return paths
}

// cases maps a place to a line of a shell's case.
func cases(all []place, line func(choice) string) string {
	var b strings.Builder
	for _, p := range all {
		var words []string
		for _, c := range p.choices {
			words = append(words, line(c))
		}
		fmt.Fprintf(&b, "    '%s') words=(%s) ;;\n", p.path, strings.Join(words, " "))
	}
	return b.String()
}

// Both follow the words before the cursor from place to place. Where nothing fits, bash
// completes names of files.
const (
	bashText = `# bash completion for clearline, made by "clearline completion bash"
_clearline() {
    local place= i words
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$place/${COMP_WORDS[i]}" in
        %s) place="$place/${COMP_WORDS[i]}" ;;
        esac
    done
    case $place in
%s    esac
    COMPREPLY=($(compgen -W "${words[*]}" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o bashdefault -o default -F _clearline clearline
`
	zshText = `#compdef clearline
# zsh completion for clearline, made by "clearline completion zsh"
local place= i
local -a choices
for i in "${(@)words[2,CURRENT-1]}"; do
    case "$place/$i" in
    %s) place="$place/$i" ;;
    esac
done
case $place in
%sesac
_describe 'word' choices || _files
`
)

func forBash(all []place) string {
	return fmt.Sprintf(bashText, strings.Join(commands(all), "|"), cases(all, func(c choice) string { return c.word }))
}

func forZsh(all []place) string {
	described := cases(all, func(c choice) string {
		return quotedForShell(c.word + ":" + strings.ReplaceAll(c.help, ":", `\:`))
	})
	return fmt.Sprintf(zshText, strings.Join(commands(all), "|"), strings.ReplaceAll(described, ") words=(", ") choices=("))
}

// forFish has one line for each word; a command is offered until one below it is there.
func forFish(all []place) string {
	var b strings.Builder
	b.WriteString("# fish completion for clearline, made by \"clearline completion fish\"\n")
	for _, p := range all {
		var sub, seen []string
		for _, c := range p.choices {
			if c.command {
				sub = append(sub, c.word)
			}
		}
		for word := range strings.SplitSeq(strings.TrimPrefix(p.path, "/"), "/") {
			if word != "" {
				seen = append(seen, "__fish_seen_subcommand_from "+word)
			}
		}
		if len(sub) > 0 {
			seen = append(seen, "not __fish_seen_subcommand_from "+strings.Join(sub, " "))
		}
		for _, c := range p.choices {
			form := "-f -a " + c.word
			if flag, is := strings.CutPrefix(c.word, "--"); is {
				form = "-l " + flag
			}
			fmt.Fprintf(&b, "complete -c clearline -n %s %s -d %s\n", quotedForShell(strings.Join(seen, "; and ")), form, quotedForShell(c.help))
		}
	}
	return b.String()
}

func quotedForShell(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
