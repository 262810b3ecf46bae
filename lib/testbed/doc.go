// Package testbed runs a private Asterisk, SIP phones that speak and listen, and
// scenarios written as conversations, for tests and demonstrations of Clearline.
//
// A [Bed] holds one of everything: [Asterisk] on loopback addresses of its own, any
// number of [Phone]s with an address each, one [Pacer] that sends every phone's audio
// in 20 ms frames, the [Ear]s that name prompts, tones, ringing and keys, and one
// [Timeline] in which phones, Asterisk and the program under test appear together.
// Nothing in the core needs package testing; testing.go holds the thin layer that does.
//
// Addresses: each instance owns one block 127.N.0.0/16, reserved across processes by a
// file lock. Asterisk is 127.N.0.1, residents are 127.N.2.x, and trunk number t has the
// phones 127.N.(10+t).x: its exchange, which answers outbound calls, is .1, and every
// stranger who rings in through it has the next one. That is how `type=identify`
// tells them apart.
//
// Only tests and demonstrations import this package. It needs Linux.
package testbed
