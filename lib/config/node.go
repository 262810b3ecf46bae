package config

import (
	"fmt"
	"regexp"
)

var nodeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$`)

// read reads a node's name. Nodes meet in a Redis, and nowhere else.
func (n *Node) read(t *table, s Store) {
	named := t.text("name", &n.Name, func(s string) (string, string) {
		if !nodeName.MatchString(s) {
			return fmt.Sprintf("%q cannot be a node's name", s), `use letters, digits, - _ and . only, 40 at most: "pbx-a"`
		}
		return "", ""
	})
	if named && s.InFile() {
		t.fault(t.at("name"), "nodes that keep a file each know nothing of each other", "name a Redis in store.url, the same for every node; or leave out the name")
	}
	t.finish()
}
