package number

import "strconv"

// Key is a number packed for an index. E.164 numbers sort as their digits do, read
// as text: a number comes before every longer one that begins with it, and all
// numbers that begin alike stand together. A prefix and a range are therefore one
// interval of keys each. Numbers without an E.164 form have keys behind all others.
// The zero Key is no number.
//
//	bit  62     0 for E.164, 1 for bare digits (short codes, odd numbers)
//	bits 4..53  the digits from the left, filled up to 15 with zeros, in decimal
//	bits 0..3   how many digits there are, 1 to 15
type Key uint64

const (
	keyDigits  = 15 // ITU-T E.164 section 6.1
	keyLength  = 4  // bits
	keyBare    = Key(1) << 62
	keyLongest = Key(keyDigits)
)

// KeyOf packs a number written as call.Caller and call.Entry have it: "+" and
// digits, or digits alone. It is false for everything else, and for more than
// 15 digits, which no list can name. It does not allocate.
func KeyOf(number string) (Key, bool) {
	var bare Key
	digits := number
	if digits != "" && digits[0] == '+' {
		digits = digits[1:]
	} else {
		bare = keyBare
	}
	k, ok := pack(digits, '0')
	return bare | k, ok
}

// pack makes a key of digits, filled up with fill.
func pack(digits string, fill byte) (Key, bool) {
	if digits == "" || len(digits) > keyDigits {
		return 0, false
	}
	var value Key
	for i := range keyDigits {
		d := fill
		if i < len(digits) {
			d = digits[i]
		}
		if d < '0' || d > '9' {
			return 0, false
		}
		value = value*10 + Key(d-'0')
	}
	return value<<keyLength | Key(len(digits)), true
}

// String is the number as it was packed; empty for the zero Key.
func (k Key) String() string {
	n := int(k & keyLongest)
	if n == 0 {
		return ""
	}
	value := uint64(k &^ keyBare >> keyLength)
	padded := strconv.FormatUint(value, 10)
	for len(padded) < keyDigits {
		padded = "0" + padded
	}
	if k&keyBare != 0 {
		return padded[:n]
	}
	return "+" + padded[:n]
}

// E164 says whether the key is of an E.164 number.
func (k Key) E164() bool { return k != 0 && k&keyBare == 0 }
