package store

import "context"

// Document is a text that belongs to no call and no line, such as what is known of a user.
// Folder and Name are never empty, and may be any text.
type Document struct {
	Folder string
	Name   string
	Text   []byte // whose form the owner of the folder knows
}

// Documents keeps documents. Its methods may be called from many
// goroutines at once; each honours its context.
type Documents interface {
	// Documents returns those in a folder, by name.
	Documents(ctx context.Context, folder string) ([]Document, error)
	// PutDocument writes a document durably, in place of the one of its folder and name.
	PutDocument(ctx context.Context, d Document) error
	// RemoveDocument takes a document away. One that is not there is no error.
	RemoveDocument(ctx context.Context, folder, name string) error
}
