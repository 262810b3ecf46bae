// Package prompts embeds the texts of everything Clearline says, one file for
// each language: en_GB.toml. What the tables mean is told by clearline/lib/prompt.
package prompts

import "embed"

// Files holds <language>.toml for every language.
//
//go:embed *.toml
var Files embed.FS
