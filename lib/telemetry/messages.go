package telemetry

// Fate is what has become of a message to people.
type Fate string

// The fates.
const (
	Sent    Fate = "sent"
	Unsent  Fate = "failed"   // it is tried again
	GivenUp Fate = "given-up" // and nobody was told
	LeftOut Fate = "left-out" // summed up in another one
)

func (m *Metrics) ofMessages() {
	m.messages = m.counters("clearline_messages_total",
		"Messages to people, by what they are about and what has become of them. failed: to be sent, and tried again. left-out: summed up in a digest.",
		"event", "result")
	for _, event := range tidings {
		for _, fate := range []Fate{Sent, Unsent, GivenUp, LeftOut} {
			m.messages.WithLabelValues(event, string(fate))
		}
	}
	m.waiting = m.gauge("clearline_messages_waiting", "Messages to people that are not sent yet, of all Clearlines that share the store.")
}

// Messaged counts what has become of a message.
func (m *Metrics) Messaged(event string, fate Fate) {
	m.messages.WithLabelValues(event, string(fate)).Inc()
}

// Waiting says how many messages are not sent yet.
func (m *Metrics) Waiting(n int) { m.waiting.Set(float64(n)) }
