package policy

import (
	"embed"
	"fmt"

	"github.com/BurntSushi/toml"

	"clearline/lib/call"
	"clearline/lib/number"
)

// Service is a number people dial to get help or to check a story, or one that
// fraudsters tell them to dial.
type Service struct {
	Number     string // E.164, or the digits of a short code
	Role       call.Role
	Name       string // for people
	NeverCalls bool   // a caller who presents this number lies about it
}

// Services lists the services everybody in region (ISO 3166, "GB") can dial. For a
// region nothing is known of that is 112, which GSM networks connect everywhere
// (3GPP TS 22.101). The error says that there is no such region.
func Services(region string) ([]Service, error) {
	known, err := readRegion(region)
	if err != nil {
		return nil, err
	}
	services := make([]Service, len(known.Service))
	for i, s := range known.Service {
		services[i] = Service{Number: s.Number, Role: s.Role, Name: s.Name, NeverCalls: s.NeverCalls}
	}
	return services, nil
}

//go:embed services/*.toml
var regions embed.FS

// regionFile is what a file of services says.
type regionFile struct {
	Service []struct {
		Number     string
		Role       call.Role
		Name       string
		NeverCalls bool `toml:"never_calls"`
	}
	Prefix []struct {
		Digits string
		Kind   prefixKind
	}
}

// prefixKind says what digits in front of a number ask for.
type prefixKind string

const (
	ownNumber prefixKind = "own-number"
	relay     prefixKind = "relay"
)

// elsewhere is what is known of every region.
const elsewhere = `
[[service]]
number = "112"
role = "emergency"
name = "Emergency services"
never_calls = true
`

func readRegion(region string) (regionFile, error) {
	var known regionFile
	if !number.KnownRegion(region) {
		return known, fmt.Errorf("read services: %q is no region", region)
	}
	text, err := regions.ReadFile("services/" + region + ".toml")
	if err != nil { // there is none for the region
		text = []byte(elsewhere)
	}
	if _, err := toml.Decode(string(text), &known); err != nil {
		return known, fmt.Errorf("read services of %s: %w", region, err)
	}
	return known, nil
}

// prefixes lists the digits of one kind, and the empty prefix first.
func (r regionFile) prefixes(kind prefixKind) []string {
	all := []string{""}
	for _, p := range r.Prefix {
		if p.Kind == kind {
			all = append(all, p.Digits)
		}
	}
	return all
}
