package config

import (
	"strconv"
	"strings"
)

// locate returns the line of every key, table and array element of a TOML text,
// by path: "screening", "screening.approver", "line[0].numbers[1]". The decoder in
// use tells the lines of syntax errors only. The text must be one that it
// accepted; for any other the answer is incomplete.
func locate(text string) map[string]int {
	s := &scanner{text: text, line: 1, at: map[string]int{}, tables: map[string]int{}}
	for s.skip(" \t\r\n") {
		switch {
		case s.take("[["):
			s.header("]]", true)
		case s.take("["):
			s.header("]", false)
		default:
			s.pair(s.table)
		}
	}
	return s.at
}

// scanner walks through a TOML text.
type scanner struct {
	text   string // what is left
	line   int
	at     map[string]int
	tables map[string]int // how many of each array of tables were seen
	table  string         // path of the table the next pair belongs to
}

// advance passes over n bytes.
func (s *scanner) advance(n int) {
	n = min(n, len(s.text))
	s.line += strings.Count(s.text[:n], "\n")
	s.text = s.text[n:]
}

// take passes over token if it is next.
func (s *scanner) take(token string) bool {
	if !strings.HasPrefix(s.text, token) {
		return false
	}
	s.advance(len(token))
	return true
}

// skip passes over blanks and comments, and says whether anything is left.
func (s *scanner) skip(blanks string) bool {
	for {
		s.advance(len(s.text) - len(strings.TrimLeft(s.text, blanks)))
		if !strings.HasPrefix(s.text, "#") {
			return s.text != ""
		}
		s.advance(len(s.text) - len(strings.TrimLeftFunc(s.text, func(r rune) bool { return r != '\n' })))
	}
}

// header reads the rest of a table's header.
func (s *scanner) header(end string, array bool) {
	line := s.line
	parts := s.key()
	s.skip(" \t\r")
	s.take(end)
	path := ""
	for i, part := range parts {
		path = join(path, part)
		last := i == len(parts)-1
		if array && last {
			s.tables[path]++
		}
		s.note(path, line)
		if n := s.tables[path]; n > 0 {
			path = element(path, n-1)
		}
	}
	s.note(path, line)
	s.table = path
}

// pair reads a key and its value.
func (s *scanner) pair(table string) {
	line, before := s.line, len(s.text)
	path := table
	for _, part := range s.key() {
		path = join(path, part)
		s.note(path, line)
	}
	s.skip(" \t\r")
	s.take("=")
	s.value(path)
	if len(s.text) == before {
		s.advance(1) // no key at all: not TOML
	}
}

// key reads a key, in parts.
func (s *scanner) key() []string {
	var parts []string
	for {
		s.skip(" \t\r")
		part := s.word()
		parts = append(parts, part)
		s.skip(" \t\r")
		if !s.take(".") {
			return parts
		}
	}
}

// word reads one part of a key.
func (s *scanner) word() string {
	if strings.HasPrefix(s.text, `"`) || strings.HasPrefix(s.text, `'`) {
		quoted := s.quoted()
		if plain, err := strconv.Unquote(quoted); err == nil && quoted[0] == '"' {
			return plain
		}
		return strings.Trim(quoted, `'"`)
	}
	rest := strings.TrimLeftFunc(s.text, bareKey)
	word := s.text[:len(s.text)-len(rest)]
	s.advance(len(word))
	return word
}

// quoted passes over a string and returns it with its quotes.
func (s *scanner) quoted() string {
	quote := s.text[:1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(s.text, triple) {
		quote = triple
	}
	i := len(quote)
	for i < len(s.text) && !strings.HasPrefix(s.text[i:], quote) {
		if s.text[i] == '\\' && quote[0] == '"' {
			i++
		}
		i++
	}
	i += len(quote)
	for len(quote) == 3 && i < len(s.text) && s.text[i] == quote[0] {
		i++ // up to two quotes may stand before the closing three
	}
	i = min(i, len(s.text))
	quoted := s.text[:i]
	s.advance(i)
	return quoted
}

// value reads a value.
func (s *scanner) value(path string) {
	if !s.skip(" \t\r") {
		return
	}
	switch {
	case s.text[0] == '"', s.text[0] == '\'':
		s.quoted()
	case s.take("["):
		for i := 0; s.skip(" \t\r\n,") && !s.take("]"); i++ {
			s.note(element(path, i), s.line)
			before := len(s.text)
			s.value(element(path, i))
			if len(s.text) == before {
				return
			}
		}
	case s.take("{"):
		for s.skip(" \t\r\n,") && !s.take("}") {
			s.pair(path)
		}
	default:
		rest := strings.IndexAny(s.text, ",]}#\n")
		if rest < 0 {
			rest = len(s.text)
		}
		s.advance(rest)
	}
}

// note keeps the first line of a path.
func (s *scanner) note(path string, line int) {
	if _, seen := s.at[path]; !seen {
		s.at[path] = line
	}
}

func bareKey(r rune) bool {
	return r == '_' || r == '-' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

func join(table, key string) string {
	if table == "" {
		return key
	}
	return table + "." + key
}

func element(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }
