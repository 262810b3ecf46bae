package config

import "strings"

// nearest is the word most like key, or empty when none is like it. A word that
// key only begins or goes on from is like it.
func nearest(key string, words []string) string {
	const alike = 3 // changes of one letter
	best, found := alike, ""
	for _, w := range words {
		if d := distance(key, w); d < best && d < len(w) || d == best && found == "" && d*2 < len(w) {
			best, found = d, w
		}
	}
	for _, w := range words {
		if found == "" && min(len(w), len(key)) >= alike && (strings.HasPrefix(w, key) || strings.HasPrefix(key, w)) {
			found = w
		}
	}
	return found
}

// distance counts the letters to add, drop or change to make b of a (Levenshtein).
func distance(a, b string) int {
	if len(a) > 64 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
