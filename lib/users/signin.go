package users

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// ErrWrong says that somebody is not who they say, and never whether it is the name, the
// password or the code.
var ErrWrong = errors.New("the name, the password or the code is wrong")

// strength is what OWASP's Password Storage Cheat Sheet asks for first of argon2id: 46 MiB,
// once over. A hash keeps the parameters it was made with; one with others is made anew when
// its password is at hand.
var strength = argon2id.Params{Memory: 46 << 10, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

func hash(password string) (string, error) {
	text, err := argon2id.CreateHash(password, &strength)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return text, nil
}

// nobody is compared with the password of a name there is not: to find that out takes as
// long as to find a wrong password.
var nobody = sync.OnceValue(func() string {
	text, err := hash("a password that nobody has")
	if err != nil {
		return ""
	}
	return text
})

// Door lets users in who prove who they are.
type Door struct {
	Keeper *Keeper

	mu   sync.Mutex
	used map[string]uint64 // of each user, the period of the last code that was taken
}

// step is how long a one-time code lasts, and as long before and after (RFC 6238, 5.2).
const step = 30 * time.Second

// Enter returns the user that the name, the password and the code are of; the code is not
// looked at when the user has none. The error is ErrWrong, or says what is broken. It takes
// 46 MiB and some tens of milliseconds: who asks on behalf of strangers bounds how many may
// do so at once.
func (d *Door) Enter(ctx context.Context, name, password, code string) (User, error) {
	u, err := d.Keeper.Newest(ctx, name)
	switch {
	case errors.Is(err, ErrUnknown):
		u.Password = nobody()
	case err != nil:
		return User{}, err
	}
	if len(password) > LongestPassword {
		return User{}, ErrWrong
	}
	right, with, err := argon2id.CheckHash(password, u.Password)
	if err != nil {
		return User{}, fmt.Errorf("compare the password of user %s: %w", name, err)
	}
	if !right || u.Name == "" || !d.codeRight(u, code) {
		return User{}, ErrWrong
	}
	if *with != strength {
		err = d.Keeper.change(ctx, name, false, func(u *User) (err error) {
			u.Password, err = hash(password)
			return err
		})
	}
	return u, err
}

// Same says whether somebody who is known already has a password: the error is nil, ErrWrong,
// or says what is broken. It takes as long as Enter.
func (d *Door) Same(ctx context.Context, name, password string) error {
	u, err := d.Keeper.Lookup(ctx, name)
	if err != nil {
		return err
	}
	if len(password) > LongestPassword {
		return ErrWrong
	}
	right, err := argon2id.ComparePasswordAndHash(password, u.Password)
	if err == nil && !right {
		err = ErrWrong
	}
	return err
}

// codeRight checks a one-time code and remembers it: it is taken once.
func (d *Door) codeRight(u User, code string) bool {
	if u.Secret == "" {
		return true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := uint64(time.Now().Unix()) / uint64(step.Seconds())
	for period := now - 1; period <= now+1; period++ {
		right, err := totp.ValidateCustom(code, u.Secret, time.Unix(int64(period*uint64(step.Seconds())), 0), totp.ValidateOpts{
			Period: uint(step.Seconds()), Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
		})
		if err != nil || !right || period <= d.used[u.Name] {
			continue
		}
		if d.used == nil {
			d.used = map[string]uint64{}
		}
		d.used[u.Name] = period
		return true
	}
	return false
}

// NewSecret makes a secret for the one-time codes of a user, and the address that
// authenticator programs read it from.
func NewSecret(name string) (secret, address string, err error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Clearline", AccountName: name, Period: uint(step.Seconds())})
	if err != nil {
		return "", "", fmt.Errorf("make a secret for one-time codes: %w", err)
	}
	return key.Secret(), key.String(), nil
}
