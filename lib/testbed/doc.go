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
// socket's name. Asterisk is 127.N.0.1, residents are 127.N.2.x, softphones that register
// 127.N.3.x, and trunk number t has the phones 127.N.(10+t).x: its exchange, which answers
// outbound calls, is .1, and every stranger who rings in through it has the next one. That
// is how `type=identify` tells them apart.
//
// A scenario reads like this; [Verbs] says what a line may be, verbs_*.go holds the list:
//
//	# A stranger says why he rings and is put through.
//	phone caller is 01632 960200 "Peter"
//	phone resident is line flat-1
//	caller rings 01632 960101
//	caller hears screening/greeting
//	caller presses the digit asked for
//	resident rings within 10s
//	resident answers
//	caller and resident hear each other
//	resident hangs up
//	caller is hung up
//	nothing is left
//
// Each "hears" looks at what began after the thing the phone's previous "hears" was about,
// or still sounds. Every phone of a line should be introduced: one that nobody has opened
// is to Asterisk a phone without power.
//
// Only tests and demonstrations import this package. It needs Linux.
package testbed
