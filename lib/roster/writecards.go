package roster

import (
	"errors"
	"io"
	"strings"

	"github.com/emersion/go-vcard"

	"clearline/lib/call"
	"clearline/lib/number"
)

// ErrNoCard says that an entry is no person with one number: it is a block, a prefix,
// a range or a name. Only CSV holds those.
var ErrNoCard = errors.New("only contacts with one number can be written as vCards")

// CardWriter writes contacts as vCards of version 4.0 (RFC 6350), one for each number.
// They hold the name and the number, and nothing else that is known of the person.
type CardWriter struct{ e *vcard.Encoder }

// NewCardWriter returns a writer to w, which stays the caller's to close.
func NewCardWriter(w io.Writer) *CardWriter { return &CardWriter{vcard.NewEncoder(w)} }

// Write writes one contact. The error is ErrNoCard, with nothing written, or w's.
func (c *CardWriter) Write(e call.Entry) error {
	p, ok := number.Canonical(e.Pattern)
	if !ok || p.Kind() != number.Exact || e.List != call.Contacts {
		return ErrNoCard
	}
	name := number.DisplayName(e.Name)
	if name == "" {
		name = p.String() // a card must have one
	}
	telephone := &vcard.Field{Value: p.String()}
	if strings.HasPrefix(telephone.Value, "+") {
		telephone = &vcard.Field{Value: "tel:" + p.String(), Params: vcard.Params{vcard.ParamValue: {"uri"}}}
	}
	return c.e.Encode(vcard.Card{
		vcard.FieldVersion:       {{Value: "4.0"}},
		vcard.FieldFormattedName: {{Value: name}},
		vcard.FieldTelephone:     {telephone},
	})
}

// Close does nothing; there is nothing left to write.
func (*CardWriter) Close() error { return nil }
