package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// The parts of CycloneDX 1.6 that are needed (https://cyclonedx.org/docs/1.6/json/). Neither
// a time nor a serial number is written: the same programs have the same bill.
type (
	bill struct {
		Schema       string       `json:"$schema"`
		Format       string       `json:"bomFormat"`
		Spec         string       `json:"specVersion"`
		Version      int          `json:"version"`
		Metadata     metadata     `json:"metadata"`
		Components   []component  `json:"components"`
		Dependencies []dependency `json:"dependencies"`
	}
	metadata struct {
		Component component `json:"component"`
	}
	component struct {
		Ref        string     `json:"bom-ref"`
		Type       string     `json:"type"` // application or library
		Name       string     `json:"name"`
		Version    string     `json:"version"`
		PURL       string     `json:"purl"`
		Hashes     []hash     `json:"hashes,omitempty"`
		Licences   []licence  `json:"licenses,omitempty"`
		Properties []property `json:"properties,omitempty"`
	}
	hash struct {
		Algorithm string `json:"alg"`
		Content   string `json:"content"` // hexadecimal
	}
	licence struct {
		Licence struct {
			ID string `json:"id"` // of SPDX
		} `json:"license"`
	}
	property struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	dependency struct {
		Ref string   `json:"ref"`
		On  []string `json:"dependsOn"`
	}
)

// billOfMaterials is the bill of a release with these parts.
func billOfMaterials(version, commit string, parts []part) ([]byte, error) {
	purl := "pkg:generic/clearline@" + strings.ReplaceAll(version, "+", "%2B")
	b := bill{
		Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", Format: "CycloneDX", Spec: "1.6", Version: 1,
		Metadata: metadata{component{
			Ref: purl, Type: "application", Name: "clearline", Version: version, PURL: purl,
			Licences: licencesOf([]string{"Apache-2.0"}), Properties: []property{{"clearline:commit", commit}},
		}},
		Dependencies: []dependency{{Ref: purl}},
	}
	for _, p := range parts {
		c := component{
			Ref: p.purl(), Type: "library", Name: p.name, Version: p.version, PURL: p.purl(), Licences: licencesOf(p.licences),
		}
		if p.sum != "" {
			sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(p.sum, "h1:"))
			if err != nil {
				return nil, fmt.Errorf("read the hash of %s: %w", p.name, err)
			}
			c.Hashes = []hash{{"SHA-256", hex.EncodeToString(sum)}}
		}
		b.Components = append(b.Components, c)
		b.Dependencies[0].On = append(b.Dependencies[0].On, c.Ref)
	}
	text, err := json.MarshalIndent(b, "", "  ")
	return append(text, '\n'), err
}

func (p part) purl() string {
	return "pkg:golang/" + p.name + "@" + strings.ReplaceAll(p.version, "+", "%2B")
}

func licencesOf(ids []string) []licence {
	var all []licence
	for _, id := range ids {
		var l licence
		l.Licence.ID = id
		all = append(all, l)
	}
	return all
}
