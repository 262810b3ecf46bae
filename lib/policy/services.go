package policy

import (
	_ "embed" // the services
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
		return nil, fmt.Errorf("list services: %w", err)
	}
	services := make([]Service, len(known.Service))
	for i, s := range known.Service {
		services[i] = Service{Number: s.Number, Role: s.Role, Name: s.Name, NeverCalls: s.NeverCalls}
	}
	return services, nil
}

//go:embed services/GB.toml
var britishText string

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

// britain and others are read once: plans are made anew whenever a call is thawed.
var (
	britain = mustDecode(britishText)
	others  = mustDecode(elsewhere)
)

// mustDecode reads what is built in.
func mustDecode(text string) regionFile {
	var known regionFile
	if _, err := toml.Decode(text, &known); err != nil {
		panic(fmt.Sprintf("built-in services: %v", err))
	}
	return known
}

func readRegion(region string) (regionFile, error) {
	switch {
	case region == "GB":
		return britain, nil
	case number.KnownRegion(region):
		return others, nil
	}
	return regionFile{}, fmt.Errorf("%q is no region of ISO 3166 with a known numbering plan", region)
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
