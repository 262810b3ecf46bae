package console

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhoGuessesFromManyAddressesKeepsNoOwnerOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		passed := 0
		for range 100 {
			for n := range 100 {
				if _, ok := g.pass(fmt.Sprintf("192.0.2.%d", n), "bob", ""); ok {
					passed++
				}
			}
		}
		if passed < 50 || passed > 150 { // what the account has, and the first of each address
			t.Errorf("%d of 10,000 tries were let pass", passed)
		}
		if _, ok := g.pass("203.0.113.7", "bob", ""); !ok {
			t.Error("the owner's first try from elsewhere is not heard")
		}
		if _, ok := g.pass("192.0.2.1", "bob", "a device of bob's"); !ok {
			t.Error("a device that has signed in before is not heard")
		}
		wait, ok := g.pass("192.0.2.1", "bob", "")
		if ok || wait <= 0 || wait > 20*time.Second {
			t.Errorf("an attacker: %v, after %v", ok, wait)
		}
		time.Sleep(time.Hour)
		if _, ok := g.pass("192.0.2.1", "bob", ""); !ok {
			t.Error("an hour later nobody may try from there")
		}
	})
}

func TestADeviceThatFailsIsSlowedDownToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		passed := 0
		for range 1000 {
			if _, ok := g.pass("192.0.2.1", "bob", "stolen"); ok {
				passed++
			}
		}
		if passed != 10 {
			t.Errorf("%d of 1,000 tries were let pass", passed)
		}
		g.passed("192.0.2.1", "stolen")
		if _, ok := g.pass("192.0.2.1", "bob", "stolen"); !ok {
			t.Error("who has signed in has not got back what was spent")
		}
	})
}

func TestABudgetForgetsWhoHasMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(2, time.Minute, 100)
		for n := range 10_000 {
			b.spend(fmt.Sprint(n))
		}
		if n := len(b.left); n > 100 {
			t.Errorf("%d accounts are remembered", n)
		}
	})
}

func TestAddressesOfOneHouseAreOne(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1:4000":          "192.0.2.1",
		"[2001:db8:1:2:3::4]:80":  "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::1":    "2001:db8:1:2::/64",
		"[::ffff:192.0.2.1]:4000": "192.0.2.1",
		"nonsense":                "nonsense",
	} {
		if got := sameHouse(address); got != want {
			t.Errorf("%s is %s", address, got)
		}
	}
}

func TestNoLinkLeadsElsewhere(t *testing.T) {
	for path, want := range map[string]string{
		"/calls?q=1": "/calls?q=1", "": "/", "//evil.example/": "/", `/\evil.example`: "/", "https://evil.example/": "/", "javascript:alert(1)": "/", "calls": "/", "/": "/",
	} {
		if got := within(path); got != want {
			t.Errorf("%q leads to %q", path, got)
		}
	}
}

func TestARequestUnderWayBringsNoSessionBack(t *testing.T) {
	m, until := &memory{}, time.Now().Add(time.Hour)
	for _, err := range []error{m.Commit("token", []byte("bob"), until), m.Delete("token"), m.Commit("token", []byte("bob"), until)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if text, there, err := m.Find("token"); there || err != nil {
		t.Errorf("there is %q, %v", text, err)
	}
}
