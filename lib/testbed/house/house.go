// Package house is a test bed with a configuration, prompts and a dialplan of
// Clearline: a small house with protected telephones, ready for Clearline to move
// in, either inside the test's own process or as a program of its own.
package house

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"clearline/dialplan"
	"clearline/lib/config"
	"clearline/lib/prompt"
	"clearline/lib/testbed"
)

// Options describe a house.
type Options struct {
	// Bed is passed on; Sounds, Dialplan, Trunks and Softphones may be left empty.
	Bed testbed.Options
	// Sounds is a folder of rendered prompts, <language>/<flow>/<name>.wav. Empty means
	// short bursts of noise, one for each prompt, which phones tell apart.
	Sounds string
	// Languages, when there are several, are those the house speaks besides its own. Phones
	// then name what they hear with its language: en_GB/screening/greeting.
	Languages []string
	// Missing are endpoints, by line, that the configuration names and Asterisk lacks.
	Missing map[string][]string
	// Verification are numbers, by line, that the line is cleared for besides the usual.
	Verification map[string][]string
	// Trunks are ways out that the configuration describes: TOML of a [[trunk]] each.
	Trunks []string
	// Notify are people who are told what happens: TOML of a [[notify]] each.
	Notify []string
	// ARI, when set, turns the address of Asterisk's ARI into the one Clearline is told.
	ARI func(direct string) string
	// AGI, when set, turns the address at which Clearline answers FastAGI into the one that
	// the dialplan asks.
	AGI func(direct string) string
	// Own are settings of single lines, by line: TOML that stands in its [[line]].
	Own map[string]string
	// Settings are written into the configuration: "screening.human_check" to "false".
	Settings map[string]string
}

// House is a running Asterisk with everything Clearline needs, but without Clearline.
type House struct {
	Bed        *testbed.Bed
	Config     *config.Config
	ConfigPath string

	dir string
}

// language is the one houses speak.
const language = "en_GB"

// Open builds the house. The caller closes it.
func Open(ctx context.Context, opt Options) (_ *House, err error) {
	h := &House{}
	if h.dir, err = os.MkdirTemp("", "clearline-house-"); err != nil {
		return nil, fmt.Errorf("make the house's folder: %w", err)
	}
	defer func() {
		if err != nil {
			h.Close()
		}
	}()
	if opt.Sounds == "" {
		opt.Sounds = filepath.Join(h.dir, "sounds")
		for _, spoken := range append([]string{language}, opt.Languages...) {
			if err := bursts(opt.Sounds, spoken); err != nil {
				return nil, err
			}
		}
	}
	opt.Bed.Prompts = filepath.Join(opt.Sounds, language)
	if len(opt.Languages) > 0 {
		opt.Bed.Prompts = opt.Sounds
	}
	if h.Bed, err = testbed.Open(ctx, opt.Bed); err != nil {
		return nil, err
	}
	if err := h.configure(opt); err != nil {
		return nil, err
	}
	var contexts bytes.Buffer
	asks := *h.Config
	if opt.AGI != nil {
		asks.AGI.Listen = opt.AGI(h.Config.AGI.Listen)
	}
	if err := dialplan.Write(&contexts, &asks); err != nil {
		return nil, err
	}
	return h, h.Bed.Asterisk.SetDialplan(ctx, contexts.String())
}

// Close takes the house down. Clearline must have moved out.
func (h *House) Close() {
	if h.Bed != nil {
		h.Bed.Close()
	}
	if err := os.RemoveAll(h.dir); err != nil && h.Bed != nil {
		h.Bed.Timeline.Add("house", "%v", err)
	}
}

// bursts makes a sound for every prompt of a language, other ones than in any other language.
func bursts(dir, language string) error {
	catalogue, err := prompt.LoadCatalogue(language)
	if err != nil {
		return err
	}
	var names []string
	for _, name := range catalogue.Names() {
		names = append(names, language+"/"+string(name))
	}
	if err := testbed.ToneTongue(dir, names, testbed.BurstLength/2); err != nil {
		return err
	}
	return testbed.ToneTongue(dir, []string{language + "/" + string(prompt.PINWarning), language + "/" + string(prompt.Reminder)}, whisperLength)
}

// whisperLength is how long a whisper lasts: something happens in the middle of it.
const whisperLength = 2500 * time.Millisecond

// configure writes clearline.toml and reads it the way the program does.
func (h *House) configure(opt Options) error {
	ast := h.Bed.Asterisk
	address := ast.ARIURL()
	if opt.ARI != nil {
		address = opt.ARI(address)
	}
	host, _, _ := strings.Cut(ast.SIPAddress(), ":") // no other house has it
	settings := map[string]string{
		"agi.listen":     quoted(net.JoinHostPort(host, "4573")),
		"console.listen": quoted(net.JoinHostPort(host, "8480")),
		"ari.url":        quoted(address),
		"ari.username":   quoted(ast.ARIUser()),
		"ari.password":   quoted(ast.ARIPassword()),
		"store.url":      quoted("file:" + filepath.Join(h.dir, "clearline.db")),
		"prompts.dir":    quoted(opt.Sounds),
		"recordings.dir": quoted(ast.RecordingDir()),
		"log.level":      quoted("debug"),
		// Calls end where nobody answers, unless a scenario is about messages.
		"screening.no_answer": quoted("refuse"),
		// Simulated callers come faster than people do.
		"screening.max_per_number": "0", "screening.max_per_trunk": "0",
	}
	for key, value := range opt.Settings {
		settings[key] = value
	}
	h.ConfigPath = filepath.Join(h.dir, "clearline.toml")
	if err := os.WriteFile(h.ConfigPath, []byte(text(settings, opt)), 0o600); err != nil {
		return fmt.Errorf("write the house's configuration: %w", err)
	}
	cfg, faults := config.Load(h.ConfigPath)
	if config.Broken(faults) {
		var all []error
		for _, f := range faults {
			all = append(all, errors.New(f.String()))
		}
		return fmt.Errorf("read the house's configuration: %w", errors.Join(all...))
	}
	h.Config = cfg
	return nil
}

func quoted(s string) string { return fmt.Sprintf("%q", s) }

// text writes settings and lines as TOML.
func text(settings map[string]string, opt Options) string {
	sections := map[string][]string{}
	for key, value := range settings {
		section, name, _ := strings.Cut(key, ".")
		sections[section] = append(sections[section], name+" = "+value)
	}
	var b strings.Builder
	for section, entries := range sections {
		slices.Sort(entries)
		fmt.Fprintf(&b, "[%s]\n%s\n\n", section, strings.Join(entries, "\n"))
	}
	for _, trunk := range opt.Trunks {
		fmt.Fprintf(&b, "[[trunk]]\n%s\n\n", trunk)
	}
	for _, receiver := range opt.Notify {
		fmt.Fprintf(&b, "[[notify]]\n%s\n\n", receiver)
	}
	for _, line := range opt.Bed.Lines {
		var endpoints []string
		for _, e := range slices.Concat(line.Endpoints, opt.Missing[line.ID]) {
			endpoints = append(endpoints, quoted("PJSIP/"+e))
		}
		for _, s := range opt.Bed.Softphones {
			if s.Line == line.ID {
				endpoints = append(endpoints, quoted("PJSIP/"+s.User))
			}
		}
		var numbers []string
		for _, n := range line.Numbers {
			numbers = append(numbers, quoted(n))
		}
		var services []string
		for _, n := range opt.Verification[line.ID] {
			services = append(services, quoted(n))
		}
		fmt.Fprintf(&b, "[[line]]\nid = %q\nname = %q\nnumbers = [%s]\nendpoints = [%s]\nverification = [%s]\n%s\n\n",
			line.ID, line.ID, strings.Join(numbers, ", "), strings.Join(endpoints, ", "), strings.Join(services, ", "), opt.Own[line.ID])
	}
	return b.String()
}
