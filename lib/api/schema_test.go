package api_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// description is the part of an OpenAPI description that is held against what is served.
type description struct {
	OpenAPI    string
	Paths      map[string]map[string]json.RawMessage
	Components struct {
		Responses map[string]response
		Schemas   map[string]schema
	}
}

type operation struct {
	OperationID string
	Responses   map[string]response
}

type response struct {
	Ref     string `json:"$ref"`
	Content map[string]struct{ Schema schema }
}

// schema is a JSON Schema (2020-12), as far as the description uses it.
type schema struct {
	Ref                  string `json:"$ref"`
	Type                 any
	Format               string
	Enum                 []any
	Required             []string
	Properties           map[string]schema
	Items                *schema
	OneOf                []schema
	AdditionalProperties *bool
	Pattern, Description string
}

func described(t *testing.T) description {
	t.Helper()
	text, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var d description
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(d.OpenAPI, "3.1.") {
		t.Fatalf("the description is of OpenAPI %q", d.OpenAPI)
	}
	return d
}

// operations are those of a path, by method.
func (d description) operations(t *testing.T, path string) map[string]operation {
	t.Helper()
	found := map[string]operation{}
	for word, text := range d.Paths[path] {
		if word == "parameters" {
			continue
		}
		var o operation
		if err := json.Unmarshal(text, &o); err != nil || o.OperationID == "" || len(o.Responses) < 2 {
			t.Errorf("%s of %s is described as %+v, %v", word, path, o, err)
		}
		found[strings.ToUpper(word)] = o
	}
	return found
}

// check says what of an answer is not as described.
func (d description) check(o operation, a answer) error {
	r, found := o.Responses[fmt.Sprint(a.status)]
	if !found {
		r, found = o.Responses["default"]
	}
	if name, ok := strings.CutPrefix(r.Ref, "#/components/responses/"); ok {
		r, found = d.Components.Responses[name]
	}
	if !found {
		return fmt.Errorf("no such answer is described")
	}
	if len(r.Content) == 0 && a.body == "" {
		return nil
	}
	content, found := r.Content[a.header.Get("Content-Type")]
	switch {
	case !found:
		return fmt.Errorf("an answer of type %q is not described", a.header.Get("Content-Type"))
	case !strings.Contains(a.header.Get("Content-Type"), "json"):
		return nil
	}
	var value any
	if err := json.Unmarshal([]byte(a.body), &value); err != nil {
		return err
	}
	return d.fits(content.Schema, value, "the answer")
}

// fits says why a value is not as a schema wants it.
func (d description) fits(s schema, value any, at string) error {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		next, found := d.Components.Schemas[name]
		if !found {
			return fmt.Errorf("%s: there is no schema %s", at, name)
		}
		return d.fits(next, value, at)
	}
	if s.OneOf != nil {
		fitting := 0
		for _, one := range s.OneOf {
			if d.fits(one, value, at) == nil {
				fitting++
			}
		}
		if fitting != 1 {
			return fmt.Errorf("%s: %v is %d of what is possible", at, value, fitting)
		}
		return nil
	}
	if s.Enum != nil && !slices.Contains(s.Enum, value) {
		return fmt.Errorf("%s: %v is none of %v", at, value, s.Enum)
	}
	if s.Type != nil && !slices.Contains(types(s.Type), typeOf(value)) && !slices.Contains(types(s.Type), "number") {
		return fmt.Errorf("%s: %v is no %v", at, value, s.Type)
	}
	switch value := value.(type) {
	case string:
		if _, err := time.Parse(time.RFC3339, value); s.Format == "date-time" && err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	case []any:
		for i, item := range value {
			if err := d.fits(*s.Items, item, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	case map[string]any:
		return d.members(s, value, at)
	}
	return nil
}

// members says why the members of an object are not as a schema wants them.
func (d description) members(s schema, value map[string]any, at string) error {
	for _, name := range s.Required {
		if _, there := value[name]; !there {
			return fmt.Errorf("%s: %s is missing", at, name)
		}
	}
	for name, member := range value {
		of, known := s.Properties[name]
		if !known {
			return fmt.Errorf("%s: %s is not described", at, name)
		}
		if err := d.fits(of, member, at+"."+name); err != nil {
			return err
		}
	}
	return nil
}

func decoded(t *testing.T, text string) (value any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return value
}

func types(of any) (names []string) {
	if one, ok := of.(string); ok {
		return []string{one}
	}
	for _, one := range of.([]any) {
		names = append(names, one.(string))
	}
	return names
}

func typeOf(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case float64:
		if value == float64(int64(value)) {
			return "integer"
		}
		return "number"
	}
	return "object"
}

func TestAnAnswerThatIsNotAsDescribedIsNoticed(t *testing.T) {
	d := described(t)
	for name, body := range map[string]string{
		"a member is missing":        `{"items":[]}`,
		"a member is not described":  `{"items":[],"next":null,"more":1}`,
		"a member has another type":  `{"items":[],"next":5}`,
		"an item is of another kind": `{"items":[{"by":"ann"}],"next":null}`,
	} {
		a := answer{status: 200, header: map[string][]string{"Content-Type": {"application/json"}}, body: body}
		if d.check(d.operations(t, "/calls")["GET"], a) == nil {
			t.Errorf("%s, and nothing is said", name)
		}
	}
}
