package config

import "testing"

func TestLocateFindsEveryKindOfPlace(t *testing.T) {
	at := locate(`# a comment = 1
region = "GB" # trailing = 2
text = """
not = "a key"
[nor] a table
""" # after
raw = '''
[[nor this]]'''
"quo\u0074ed" . key = 1
escaped = "a \" quote = # no comment"

[ table ]
list = [ 1, # one ]
  "two ]",
  [ 3 ],
]
inline = { a = 1, "b c" = { d = 'x' } }
dotted.deep.key = 2024-01-01T00:00:00Z

[[line]]
id = "a"
[line.sub]
x = 1
[[line]]
id = "b"
`)
	want := map[string]int{
		"region": 2, "text": 3, "raw": 7, "quoted": 9, "quoted.key": 9, "escaped": 10,
		"table": 12, "table.list": 13, "table.list[0]": 13, "table.list[1]": 14, "table.list[2]": 15, "table.list[2][0]": 15,
		"table.inline": 17, "table.inline.a": 17, "table.inline.b c": 17, "table.inline.b c.d": 17,
		"table.dotted": 18, "table.dotted.deep": 18, "table.dotted.deep.key": 18,
		"line": 20, "line[0]": 20, "line[0].id": 21, "line[0].sub": 22, "line[0].sub.x": 23, "line[1]": 24, "line[1].id": 25,
	}
	for path, line := range want {
		if at[path] != line {
			t.Errorf("%s at line %d, want %d", path, at[path], line)
		}
	}
	for path, line := range at {
		if want[path] == 0 {
			t.Errorf("found %s at line %d, which is no place", path, line)
		}
	}
}
