package app

import (
	"context"

	"clearline/lib/config"
	"clearline/lib/mqtt"
)

// partMQTT is the broker that the lines are published at.
const partMQTT = "mqtt"

// newPublisher makes who publishes how the lines are, or nil without a broker.
func newPublisher(a *App, cfg *config.Config) (*mqtt.Publisher, error) {
	m := cfg.MQTT
	if m.URL == "" {
		return nil, nil
	}
	return mqtt.New(mqtt.Options{
		URL: m.URL, Username: m.Username, Password: m.Password.Reveal(), Prefix: m.Prefix, Discovery: m.Discovery,
		Node: cfg.Node.Name, Lines: cfg.CallLines(), Region: cfg.Region, Lasts: cfg.Verification.Window,
		Underway: a.engine.Underway, Log: a.log,
		Connected: func(err error) { a.watch.health.Report(partMQTT, err) },
	})
}

// publishing starts to publish, and returns what ends it.
func (a *App) publishing(ctx context.Context) (end func()) {
	if a.mqtt == nil {
		return func() {}
	}
	if err := a.mqtt.Start(ctx); err != nil {
		a.log.Error("lines not published", "err", err)
		return func() {}
	}
	return a.mqtt.Stop
}
