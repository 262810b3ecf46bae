// Package card makes the page that lies beside a resident's telephone: which key does what,
// which number to dial for help, and who helps.
package card

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"path"
	"strings"

	"github.com/BurntSushi/toml"

	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/number"
	"clearline/lib/policy"
	"clearline/lib/prompt"
)

//go:embed card.html words/*.toml
var files embed.FS

var page = template.Must(template.ParseFS(files, "card.html"))

// Write writes the card of a line as a page of HTML that asks for nothing else, and fits on one
// side of A4. It is in the line's language, or in English when there are no words in that.
func Write(w io.Writer, cfg *config.Config, id call.LineID) error {
	for _, l := range cfg.Lines {
		if l.ID != id {
			continue
		}
		plan, err := cfg.Plan(id)
		if err != nil {
			return fmt.Errorf("write the card of line %s: %w", id, err)
		}
		if err := page.Execute(w, sheetOf(cfg, l, plan)); err != nil {
			return fmt.Errorf("write the card of line %s: %w", id, err)
		}
		return nil
	}
	return fmt.Errorf("write the card of line %s: there is no such line", id)
}

// sheet is what stands on a card.
type sheet struct {
	words
	Name                  string
	Numbers               []string
	Referred              bool // nobody asks the resident
	WardenDecides         bool
	Accept, Block, Repeat string
	Hangup                string // ends a call with a stranger
	Help, Codes           []dialled
	Wardens               string
}

// dialled is something to dial, and the key of the words about it.
type dialled struct{ Dialled, Word string }

func sheetOf(cfg *config.Config, l config.Line, plan *policy.Plan) sheet {
	s := sheet{
		words: wordsIn(l.Language), Name: l.Name,
		Referred: l.Consult == config.OnScreen, WardenDecides: l.Approver == call.ApproverWarden,
		Accept: string(cfg.Screening.AcceptKey), Block: string(cfg.Screening.BlockKey), Repeat: string(cfg.Screening.RepeatKey),
		Hangup: cfg.Guard.HangupKeys,
		Help:   help(plan), Codes: codes(cfg, l), Wardens: fewOf(l.Wardens, mostWardens),
	}
	for _, n := range l.Numbers[:min(len(l.Numbers), mostNumbers)] {
		s.Numbers = append(s.Numbers, grouped(n, cfg.Region))
	}
	return s
}

// As many wardens and numbers as have room on a page.
const (
	mostWardens = 3
	mostNumbers = 2
)

func fewOf(all []string, most int) string {
	if len(all) > most {
		return strings.Join(all[:most], ", ") + ", …"
	}
	return strings.Join(all, ", ")
}

// grouped is a number as people here write it.
func grouped(e164, region string) string {
	n, err := number.Parse(e164, region)
	if err != nil {
		return e164
	}
	return n.Grouped()
}

// help are the numbers for help that everybody should know, as far as they are dialled here.
func help(plan *policy.Plan) []dialled {
	emergency := "999"
	if plan.Meaning(emergency).Role != call.Emergency {
		emergency = "112"
	}
	numbers := []dialled{{emergency, "emergency"}}
	for _, other := range []dialled{{"159", "bank"}, {"101", "police"}} {
		if plan.Meaning(other.Dialled).Role == call.Verification {
			numbers = append(numbers, other)
		}
	}
	return numbers
}

// codes are what a resident dials to hear messages, and after a call.
func codes(cfg *config.Config, l config.Line) []dialled {
	var all []dialled
	for _, code := range []dialled{
		{cfg.Codes.Messages, "messages"},
		{cfg.Codes.Block, "block-last"},
		{cfg.Codes.Trust, "trust-last"},
		{cfg.Codes.Pause, "pause"},
	} {
		trusts := code.Dialled == cfg.Codes.Trust && l.Approver == call.ApproverWarden // refused there
		if code.Dialled != "" && !trusts {
			all = append(all, code)
		}
	}
	return all
}

// words are the texts of a card in one language.
type words struct {
	Lang  string // as HTML names it: "cy-GB"
	texts map[string]string
}

// Say is a text by its key.
func (w words) Say(key string) (string, error) {
	text, there := w.texts[key]
	if !there {
		return "", fmt.Errorf("%s has no words for %s", w.Lang, key)
	}
	return text, nil
}

// catalogues are the words of each language.
var catalogues = readCatalogues()

func wordsIn(language string) words {
	if w, there := catalogues[language]; there {
		return w
	}
	return catalogues[prompt.DefaultLanguage]
}

// readCatalogues reads the words that are built in: a fault in them is one of the program.
func readCatalogues() map[string]words {
	all := map[string]words{}
	for _, language := range prompt.Languages() {
		w := words{Lang: strings.ReplaceAll(language, "_", "-")}
		if _, err := toml.DecodeFS(files, path.Join("words", language+".toml"), &w.texts); err != nil {
			panic(fmt.Sprintf("read the words of the card in %s: %v", language, err))
		}
		all[language] = w
	}
	return all
}
