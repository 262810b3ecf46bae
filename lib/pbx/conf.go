package pbx

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Conf is a configuration file of Asterisk, with the files it includes, in their order.
type Conf []Section

// Section is one [section]. Sections of one name may stand in a file several times.
type Section struct {
	Name      string
	Template  bool     // [name](!): only others inherit from it
	Parents   []string // [name](parent): what it inherits from
	Variables []Variable
}

// Variable is one line of a section.
type Variable struct{ Name, Value string }

const deepestInclude = 10

// ReadConf reads a file below a folder of configuration, as "ari.conf".
func ReadConf(dir, name string) (Conf, error) {
	var c Conf
	if err := c.read(dir, filepath.Join(dir, name), 0); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Conf) read(dir, path string, depth int) error {
	if depth > deepestInclude {
		return fmt.Errorf("read %s: files include each other", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read asterisk's configuration: %w", err)
	}
	inComment := false
	for line := range strings.Lines(string(text)) {
		line = uncommented(line, &inComment)
		if words := strings.Fields(line); len(words) == 2 && (words[0] == "#include" || words[0] == "#tryinclude") {
			if err := c.include(dir, strings.Trim(words[1], `"<>`), words[0] == "#tryinclude", depth); err != nil {
				return err
			}
			continue
		}
		c.line(line)
	}
	return nil
}

// include reads the files that a name or a pattern means, relative to the folder.
func (c *Conf) include(dir, name string, try bool, depth int) error {
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	files, err := filepath.Glob(name)
	if err != nil || len(files) == 0 {
		if try || strings.ContainsAny(name, "*?[") {
			return nil
		}
		files = []string{name}
	}
	for _, file := range files {
		if err := c.read(dir, file, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// uncommented is a line without its comment. Comments of several lines stand between
// ";--" and "--;".
func uncommented(line string, inComment *bool) string {
	line = strings.TrimSpace(line)
	if *inComment {
		_, after, ends := strings.Cut(line, "--;")
		if !ends {
			return ""
		}
		*inComment, line = false, after
	}
	if before, after, begins := strings.Cut(line, ";--"); begins && !strings.HasPrefix(after, "-") {
		_, rest, ends := strings.Cut(after, "--;")
		*inComment, line = !ends, before+rest
	}
	for i := 0; i < len(line); i++ {
		if line[i] == ';' && (i == 0 || line[i-1] != '\\') {
			line = line[:i]
			break
		}
	}
	return strings.TrimSpace(strings.ReplaceAll(line, `\;`, ";"))
}

// line takes in a line without its comment.
func (c *Conf) line(line string) {
	if strings.HasPrefix(line, "[") {
		name, options, _ := strings.Cut(line[1:], "]")
		s := Section{Name: name}
		for option := range strings.SplitSeq(strings.Trim(options, "()"), ",") {
			switch option = strings.TrimSpace(option); option {
			case "", "+":
			case "!":
				s.Template = true
			default:
				s.Parents = append(s.Parents, option)
			}
		}
		*c = append(*c, s)
		return
	}
	name, value, is := strings.Cut(line, "=")
	if !is || len(*c) == 0 {
		return
	}
	last := &(*c)[len(*c)-1]
	last.Variables = append(last.Variables, Variable{strings.TrimSpace(name), strings.TrimSpace(strings.TrimPrefix(value, ">"))})
}

// Value is the last value of a variable in the sections of a name, with what they inherit,
// and whether there is one.
func (c Conf) Value(section, variable string) (string, bool) {
	return c.value(section, variable, 0)
}

func (c Conf) value(section, variable string, depth int) (value string, found bool) {
	for _, s := range c {
		if !strings.EqualFold(s.Name, section) || depth > deepestInclude {
			continue
		}
		for _, parent := range s.Parents {
			if v, ok := c.value(parent, variable, depth+1); ok {
				value, found = v, true
			}
		}
		for _, v := range s.Variables {
			if strings.EqualFold(v.Name, variable) {
				value, found = v.Value, true
			}
		}
	}
	return value, found
}

// Has says whether there is a section of a name.
func (c Conf) Has(section string) bool {
	return slices.ContainsFunc(c, func(s Section) bool { return strings.EqualFold(s.Name, section) })
}
