package config

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode"

	"github.com/BurntSushi/toml"
)

// Load reads a configuration file. It returns every fault it finds, in the order
// of lines, and no configuration when one of them is an Error.
func Load(path string) (*Config, []Fault) {
	c, faults := Examine(path)
	if Broken(faults) {
		return nil, faults
	}
	return c, faults
}

// Examine is Load for those who only look: the configuration is there in spite of
// faults, with defaults or nothing in place of what is wrong. It must not be run.
func Examine(path string) (*Config, []Fault) {
	data, err := os.ReadFile(path)
	if err != nil {
		c := Default()
		return &c, []Fault{{File: path, Line: 1, Problem: "cannot be read: " + reason(err), Remedy: "give the file with --config"}}
	}
	return parse(path, data, disk{})
}

// Parse is Examine for a text that is already in memory; name stands for the path
// of its file.
func Parse(name string, data []byte) (*Config, []Fault) { return parse(name, data, disk{}) }

func parse(file string, data []byte, from secrets) (*Config, []Fault) {
	c := Default()
	c.Path = file
	var values map[string]any
	if _, err := toml.Decode(string(data), &values); err != nil {
		return &c, []Fault{syntaxFault(file, err)}
	}
	c.places = locate(string(data))
	l := &loader{file: file, lines: c.places}
	root := &table{loader: l, values: values}
	c.read(root, from)
	root.finish()
	slices.SortStableFunc(l.faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	return &c, l.faults
}

// read reads every section, and then what two of them must agree about.
func (c *Config) read(root *table, from secrets) {
	c.general(root)
	c.ARI.read(root.table("ari"), from)
	c.AGI.read(root.table("agi"))
	c.Store.read(root.table("store"), from)
	c.Node.read(root.table("node"), c.Store)
	c.Console.read(root.table("console"))
	c.Dialplan.read(root.table("dialplan"))
	c.Prompts.read(root.table("prompts"))
	c.Recordings.read(root.table("recordings"))
	c.Transcribe.read(root.table("transcribe"), from)
	c.Messages.read(root.table("messages"))
	c.Codes.read(root.table("codes"), from)
	c.Screening.read(root.table("screening"))
	c.Guard.read(root.table("guard"))
	verified := c.Verification.read(root.table("verification"), c.Region)
	c.Log.read(root.table("log"))
	c.Policy = readPolicy(root.table("policy"), c.Policy)
	owned := c.lines(root, from)
	c.trunks(root, owned)
	c.notified(root, from)
	c.MQTT.read(root.table("mqtt"), from)
	c.dialled(root.loader, append(verified, owned.verified...), owned)
	c.codes(root.loader)
}

// syntaxFault reports a text that is not TOML.
func syntaxFault(file string, err error) Fault {
	f := Fault{File: file, Line: 1, Problem: onOneLine(err.Error()), Remedy: "see https://toml.io for how TOML is written"}
	var syntax toml.ParseError
	if errors.As(err, &syntax) {
		f.Line = max(1, syntax.Position.Line)
		f.Problem = strings.TrimSuffix(onOneLine(syntax.Message), ".")
		f.Key = shown(syntax.LastKey)
	}
	return f
}

// onOneLine makes a message that quotes the text safe to print.
func onOneLine(message string) string {
	return strings.Join(strings.FieldsFunc(message, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
}

// secrets is where passwords come from.
type secrets interface {
	// read returns the first line of a file.
	read(path string) (string, error)
	// worldReadable says whether every user of the machine can read a file.
	worldReadable(path string) bool
}

// disk takes secrets from files.
type disk struct{}

func (disk) read(path string) (string, error) {
	const longest = 4096
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", fmt.Errorf("cannot be read: %s", reason(err))
	case !info.Mode().IsRegular():
		return "", errors.New("is no plain file")
	case info.Size() > longest:
		return "", errors.New("is too large for a password")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("cannot be read: %s", reason(err))
	}
	line, _, _ := strings.Cut(string(data), "\n")
	if line = strings.TrimRight(line, "\r"); line == "" {
		return "", errors.New("holds no password in its first line")
	}
	return line, nil
}

func (disk) worldReadable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o004 != 0
}

// reason is an error without the path, which stands before it anyway.
func reason(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
