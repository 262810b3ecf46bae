// Package app puts Clearline together: the only place where the exchange, the
// store and the engine meet.
package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"clearline/lib/asterisk"
	"clearline/lib/call"
	"clearline/lib/config"
	"clearline/lib/desk"
	"clearline/lib/engine"
	"clearline/lib/fastagi"
	"clearline/lib/feed"
	"clearline/lib/flow"
	"clearline/lib/mqtt"
	"clearline/lib/notify"
	"clearline/lib/peers"
	"clearline/lib/policy"
	"clearline/lib/prompt"
	"clearline/lib/store"
	"clearline/lib/store/boltstore"
	"clearline/lib/store/redisstore"
)

// openMax bounds what New asks of the store.
const openMax = 10 * time.Second

// newsKept is how many events who was away for a moment can read again: some minutes of a
// busy house.
const newsKept = 2048

// App is one Clearline: a daemon without a command line.
type App struct {
	region string // of numbers written nationally
	hear   hear   // turns what callers say into text; nil when nobody does
	log    *slog.Logger
	client *asterisk.Client
	engine *engine.Engine
	store  store.Store
	agi    *fastagi.Server // tells the dialplan who is calling
	folder *prompt.Folder
	watch  *watch
	peers  *peers.Peers // the other nodes; nil when there can be none
	feed   *feed.Hub    // what happens, for everybody who watches
	desk   *desk.Desk   // where wardens and programs work
	people *notify.Notifier
	mqtt   *mqtt.Publisher // nil without a broker

	ready  chan struct{} // closed at the first connection to the exchange
	cancel context.CancelFunc
	read   sync.WaitGroup // the reader of the exchange's events, and the answers to its questions

	informed  func()    // ends the telling of people; nil before Start
	history   answers   // to who asks what happened
	snapshots snapshots // of the store
}

// New opens the store and reads what the last run left. Nothing is running yet:
// every failure that can be foreseen happens here, with nothing to take back.
func New(cfg *config.Config, log *slog.Logger) (*App, error) {
	folder := cfg.Prompts.Folder(cfg.Language)
	folder.Log = log
	if err := prompted(folder, cfg.Language); err != nil {
		return nil, fmt.Errorf("prompts: %w; make them with: clearline prompts render --config %s --out %s", err, cfg.Path, cfg.Prompts.Dir)
	}
	w := newWatch(log)
	reached := exchange(cfg, folder, log)
	reached.Observe = w.exchange()
	client, err := asterisk.New(reached)
	if err != nil {
		return nil, err
	}
	listens, err := hearing(cfg)
	if err != nil {
		return nil, err
	}
	plans, err := plans(cfg)
	if err != nil {
		return nil, err
	}
	kept, err := openStore(cfg.Store, log)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), openMax)
	defer cancel()
	a := &App{
		region: cfg.Region, hear: listens, log: log, client: client, store: kept, folder: folder, watch: w, feed: feed.New(newsKept),
		ready: make(chan struct{}), history: answers{store: cfg.Store}, snapshots: snapshotsOf(kept, cfg.Store),
	}
	if a.people, err = newNotifier(a, cfg); err != nil {
		return nil, errors.Join(err, kept.Close())
	}
	w.people = a.people
	if err := a.makeEngine(ctx, cfg, plans); err != nil {
		return nil, errors.Join(err, kept.Close())
	}
	a.desk = a.newDesk(cfg)
	if a.mqtt, err = newPublisher(a, cfg); err == nil {
		err = a.listen(cfg)
	}
	if err != nil {
		a.engine.Close()
		return nil, errors.Join(err, kept.Close())
	}
	return a, nil
}

// makeEngine makes the engine, and the other nodes it asks.
func (a *App) makeEngine(ctx context.Context, cfg *config.Config, plans map[call.LineID]*policy.Plan) (err error) {
	opts := engine.Options{
		Exchange: a.client, Store: a.store, Node: cfg.Node.Name,
		Lines: cfg.CallLines(), Plans: plans, Trunks: trunks(cfg),
		Rules: rules(cfg), OwnRules: ownRules(cfg), Clearing: flow.ClearingRules{RetryKey: cfg.Screening.AcceptKey},
		Windows: windowRules(cfg), Boxes: boxes(cfg),
		Policy: judging(cfg), Codes: codes(cfg), Region: cfg.Region, Zone: cfg.Timezone,
		MaxPerLine: cfg.Screening.MaxPerLine, MaxCalls: cfg.Screening.MaxCalls,
		MaxPerNumber: cfg.Screening.MaxPerNumber, MaxPerTrunk: cfg.Screening.MaxPerTrunk,
		Announce: announcer(cfg.Region).script,
		NewID:    newID, Digits: digits, Log: a.log, Observe: a.watch.calls(), Tell: a.feed.Tell, Forgot: a.feed.Forget, Hear: a.hear,
	}
	if v := opts.Boxes.Voice; v != nil {
		if err := v.Ready(); err != nil {
			a.log.Warn("prompts cannot be recorded by telephone", "err", err)
		}
	}
	if a.peers = newPeers(cfg, a.store, a.log); a.peers != nil {
		opts.Peers = a.peers
	}
	a.engine, err = engine.New(ctx, opts)
	return err
}

// listen takes the addresses that others ask at.
func (a *App) listen(cfg *config.Config) (err error) {
	a.agi, err = fastagi.New(fastagi.Options{
		Listen: cfg.AGI.Listen, Policy: verdicts{a}, Learner: learner{a}, Log: a.log, Observe: a.watch.verdict,
	})
	if err != nil {
		return err
	}
	if err := a.watch.open(a, cfg); err != nil {
		a.agi.Close()
		return err
	}
	return nil
}

// Start begins to take calls, and keeps connecting until Stop. It returns at
// once; Ready tells when the exchange is reached.
func (a *App) Start(ctx context.Context) error {
	ctx, a.cancel = context.WithCancel(context.WithoutCancel(ctx))
	a.history.start(ctx, served{a.store}, a.log)
	a.snapshots.start(ctx)
	a.informed = a.informing()
	a.watch.start(ctx, a.ready)
	if a.peers != nil {
		a.peers.Start(ctx, a.engine.Vacate)
	}
	a.read.Go(func() {
		if err := a.agi.Serve(ctx); err != nil {
			a.log.Error("verdict server did not end in order", "err", err)
		}
	})
	a.read.Go(func() {
		err := a.client.Run(ctx, &sink{app: a})
		if err != nil && ctx.Err() == nil {
			a.log.Error("exchange given up", "err", err)
		}
	})
	return nil
}

// Ready is closed once the exchange has been reached.
func (a *App) Ready() <-chan struct{} { return a.ready }

// Stop drains: calls under way go on until ctx is done, new ones take the
// unscreened path. What is left then is ended in order, and everything is closed.
func (a *App) Stop(ctx context.Context) error {
	if n := a.engine.Live(); n > 0 {
		a.log.Info("draining", "calls", n)
	}
	a.watch.drain()
	a.engine.Drain(ctx)
	a.agi.Close()
	a.engine.Close()
	a.feed.Close()
	a.leave()
	if a.cancel != nil {
		a.cancel()
	}
	a.read.Wait()
	a.watch.stop()
	if a.informed != nil {
		a.informed()
	}
	a.client.Close()
	a.history.stop()
	a.snapshots.stop(ctx)
	return a.store.Close()
}

// openStore opens what the configuration names. One that is kept elsewhere need not be
// reached yet.
func openStore(s config.Store, log *slog.Logger) (store.Store, error) {
	if s.InFile() {
		return boltstore.Open(s.Path, inFile(s, log))
	}
	return redisstore.Open(s.Redis.Reveal(), log)
}

// plans are what the numbers dialled on each line mean.
func plans(cfg *config.Config) (map[call.LineID]*policy.Plan, error) {
	plans := make(map[call.LineID]*policy.Plan, len(cfg.Lines))
	for _, l := range cfg.Lines {
		plan, err := cfg.Plan(l.ID)
		if err != nil {
			return nil, err
		}
		plans[l.ID] = plan
	}
	return plans, nil
}

func trunks(cfg *config.Config) policy.Trunks {
	trunks := make(policy.Trunks, len(cfg.Trunks))
	for i, t := range cfg.Trunks {
		trunks[i] = policy.Trunk{Endpoint: t.Endpoint, Analogue: t.Kind == config.TrunkFXO, Hold: t.Hold}
	}
	return trunks
}

func windowRules(cfg *config.Config) policy.WindowRules {
	return policy.WindowRules{
		Window:            cfg.Verification.Window,
		CallBackEmergency: cfg.Verification.CallbackEmergency,
		CallBackOther:     cfg.Verification.CallbackOther,
	}
}

// judging is how the callers of each line are judged.
func judging(cfg *config.Config) map[call.LineID]policy.Rules {
	rules := make(map[call.LineID]policy.Rules, len(cfg.Lines))
	for _, l := range cfg.Lines {
		rules[l.ID] = l.Policy
	}
	return rules
}

// codes are the bypass codes of the lines that have one.
func codes(cfg *config.Config) map[call.LineID]flow.Code {
	codes := map[call.LineID]flow.Code{}
	for _, l := range cfg.Lines {
		if code := l.BypassCode.Reveal(); code != "" {
			codes[l.ID] = flow.Code(code)
		}
	}
	return codes
}

// newID makes a ULID in small letters: it sorts by time and is safe in file names.
func newID() call.ID { return call.ID(strings.ToLower(ulid.Make().String())) }

// digits draws the two digits of the human check; the second try asks for another one.
func digits() [2]rune {
	first, second := digit(), digit()
	for first == second {
		second = digit()
	}
	return [2]rune{first, second}
}

// digit draws from 2 to 8: 1, 9 and 0 begin the numbers people dial for help.
func digit() rune {
	n, err := rand.Int(rand.Reader, big.NewInt(7))
	if err != nil {
		panic(fmt.Sprintf("draw a digit: %v", err)) // crypto/rand never fails on a supported system
	}
	return '2' + rune(n.Int64())
}
