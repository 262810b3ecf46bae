package desk

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"io"
)

// sealer makes cursors of places in lists. Who holds one can neither read nor make it: it
// may name a place that is on another's line.
type sealer struct{ gcm cipher.AEAD }

// newSealer makes a sealer with a key of its own, so that its cursors mean something as long
// as it lives.
func newSealer(random io.Reader) sealer {
	var key [32]byte
	if _, err := io.ReadFull(random, key[:]); err != nil {
		panic("draw a key: " + err.Error()) // crypto/rand never fails on a supported system
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic("the key has the right length: " + err.Error())
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("AES has the right size: " + err.Error())
	}
	return sealer{gcm}
}

// seal makes the cursor of a place in the list that what names.
func (s sealer) seal(what string, place any) (string, error) {
	text, err := json.Marshal(place)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(s.gcm.Seal(nil, nil, text, []byte(what))), nil
}

// open reads a cursor into place; the empty one leaves it as it is.
func (s sealer) open(what, cursor string, place any) error {
	if cursor == "" {
		return nil
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		text, err = s.gcm.Open(nil, nil, text, []byte(what))
	}
	if err == nil {
		err = json.Unmarshal(text, place)
	}
	if err != nil {
		return &WrongError{"cursor", "it is none of this list, or from before Clearline was started: begin anew without one"}
	}
	return nil
}

// Page is a piece of a list.
type Page[T any] struct {
	Items []T
	Next  string // cursor of the next page; empty on the last one
}

// The sizes of a page.
const (
	UsualLimit = 50
	MostLimit  = 500
)

// limit is how many items are asked for: 0 is as many as usual.
func limit(asked int) (int, error) {
	switch {
	case asked == 0:
		return UsualLimit, nil
	case asked < 0 || asked > MostLimit:
		return 0, &WrongError{"limit", "write a number from 1 to 500"}
	}
	return asked, nil
}
