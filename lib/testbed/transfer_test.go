package testbed

import "testing"

// transferring is a resident with the caller on the line, and where to transfer him.
const transferring = `
phone caller is 01632 960200
phone resident is line flat-1
phone neighbour is line flat-2
phone exchange is the exchange
caller rings 01632 960101
resident answers
caller is answered
caller and resident hear each other
`

func TestTransfers(t *testing.T) {
	b := clearBed(t, Options{Transfers: true})
	play(t, b, transferring, []scene{
		{"to the network", `
resident transfers the caller to 01632 960998
exchange rings as 01632960998
exchange answers
caller and exchange hear each other
only exchange hears caller
exchange was rung by 01632 960200
`, ""},
		{"to a neighbour", `
resident transfers the caller to 01632 960102
neighbour answers
caller and neighbour hear each other
neighbour hangs up
caller is hung up
`, ""},
		{"with a call to the network first", `
resident holds
resident rings 01632 960998
exchange answers
resident and exchange hear each other
resident joins both calls
resident's second call is hung up
caller and exchange hear each other
only exchange hears caller
`, ""},
		{"with a call to a neighbour first", `
resident holds
resident rings 01632 960102
neighbour answers
resident and neighbour hear each other
resident joins both calls
resident's second call is hung up
caller and neighbour hear each other
`, ""},
		{"by the caller", `
caller transfers the caller to 01632 960102
neighbour answers
resident and neighbour hear each other
`, ""},
	})
}

func TestTransfersAreRefused(t *testing.T) {
	b := clearBed(t, Options{})
	play(t, b, transferring, []scene{
		{"a transfer nobody allows", `
resident is refused the transfer to 01632 960998
caller and resident hear each other
exchange has not rung
`, ""},
		{"two calls nobody may join", `
resident holds
resident rings 01632 960998
exchange answers
resident is answered
resident is refused to join both calls
resident and exchange hear each other
`, ""},
		{"a refusal that is none", "resident transfers the caller to 01632 960998", "refused with 603"},
		{"one call is not two", "resident joins both calls", "it has not two calls"},
	})
}
