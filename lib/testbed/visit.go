package testbed

import "context"

// Visitor is a bed whose phones ring through Asterisks that others have started, on the
// loopback of this network.
type Visitor struct {
	*Bed
	at *block
}

// Visit opens a bed without an Asterisk. Its phones know the .wav files of a folder by ear, as
// those of [Open] do with Options.Prompts; lines of a scenario about Asterisk itself make no
// sense in it. The caller closes the bed.
func Visit(ctx context.Context, prompts string) (*Visitor, error) {
	known, err := NewPrompts(prompts)
	if err != nil {
		return nil, err
	}
	at, err := reserveBlock()
	if err != nil {
		return nil, err
	}
	stamping, err := keepStamping(ctx, at.asterisk())
	if err != nil {
		at.unlock()
		return nil, err
	}
	b := newBed(known, stamping)
	b.cancel = func() {}
	close(b.follow)
	return &Visitor{b, at}, nil
}

// Softphone opens a phone and registers it at an Asterisk's SIP address, host and port.
func (v *Visitor) Softphone(ctx context.Context, name, target, user, password string) (*Phone, error) {
	return v.softphone(ctx, name, v.at.fresh(softphoneNet), target, user, password)
}

// Close stops all phones.
func (v *Visitor) Close() {
	v.Bed.Close()
	v.at.unlock()
}
