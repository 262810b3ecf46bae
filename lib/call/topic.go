package call

// Topic is what callers who cheat talk about. It advises the resident; it never blocks
// anybody: a genuine bank says "fraud" as well.
type Topic string

// The topics.
const (
	NoTopic    Topic = ""
	Authority  Topic = "authority" // police or bank wants money moved, handed over, or a secret kept
	SecretKeys Topic = "secret"    // a PIN, a passcode, keys to be typed
	CheckMe    Topic = "check-me"  // a number that is to prove who calls, or a line to be held
	Payment    Topic = "payment"   // a fee, a fine, vouchers, coins
	Computer   Topic = "computer"  // something to be installed, a refund through the bank's pages
	Relative   Topic = "relative"  // a relative in need, with a new number
	Pressure   Topic = "pressure"  // now, or a key to be pressed
)
