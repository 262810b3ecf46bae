package config

import (
	"fmt"
	"net/url"
	"regexp"
)

// MQTT says where the state of the lines is published; nowhere when URL is empty.
type MQTT struct {
	URL       string // mqtt or mqtts, with a host, without credentials
	Username  string
	Password  Secret
	Prefix    string // of the topics: words of [A-Za-z0-9_-] with / between them
	Discovery string // Home Assistant's prefix, of the same shape; empty for none
}

func (m *MQTT) read(t *table, from secrets) {
	t.text("url", &m.URL, isBroker)
	t.text("username", &m.Username, isUsername)
	m.Password = password(t, from, "write the password of the broker's user, or leave it out", false)
	t.text("prefix", &m.Prefix, isTopic)
	t.text("discovery", &m.Discovery, func(s string) (string, string) {
		if s == "" {
			return "", ""
		}
		return isTopic(s)
	})
	if _, given := t.values["url"]; !given && len(t.values) > 0 {
		t.fault(t.at("url"), "missing", `write "mqtt://127.0.0.1:1883"`)
	}
	t.finish()
}

// isBroker does not show an address that holds a password.
func isBroker(s string) (problem, remedy string) {
	remedy = `write "mqtt://127.0.0.1:1883", or mqtts:// for TLS`
	u, err := url.Parse(s)
	switch {
	case err == nil && u.User != nil:
		return "credentials do not belong into the address", "use username and password_file"
	case err != nil || u.Hostname() == "" || u.Scheme != "mqtt" && u.Scheme != "mqtts" || u.Path != "" && u.Path != "/" || u.RawQuery != "":
		return "no address of a broker", remedy
	}
	return "", ""
}

var topic = regexp.MustCompile(`^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$`)

func isTopic(s string) (problem, remedy string) {
	if len(s) <= 100 && topic.MatchString(s) {
		return "", ""
	}
	return fmt.Sprintf("%q cannot begin a topic", s), `write words of letters, digits, - and _ with / between them: "clearline"`
}
