package mqtt

import (
	"strings"

	"clearline/lib/call"
)

// What Home Assistant is told of a line: three entities of one device
// (https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery).
type (
	entity struct {
		Name         string   `json:"name"`
		UniqueID     string   `json:"unique_id"`
		StateTopic   string   `json:"state_topic"`
		Value        string   `json:"value_template"`
		Availability string   `json:"availability_topic"`
		Icon         string   `json:"icon,omitempty"`
		Class        string   `json:"device_class,omitempty"`
		Options      []string `json:"options,omitempty"`
		Device       device   `json:"device"`
	}
	device struct {
		Identifiers  []string `json:"identifiers"`
		Name         string   `json:"name"`
		Manufacturer string   `json:"manufacturer"`
	}
)

// described are the messages that describe a line.
func (s *states) described(line call.Line) []message {
	id := strings.ReplaceAll(s.base, "/", "_") + "_" + string(line.ID)
	of := device{Identifiers: []string{id}, Name: line.Name, Manufacturer: "Clearline"}
	describe := func(component, what string, e entity) message {
		e.UniqueID, e.StateTopic, e.Availability, e.Device = id+"_"+what, s.topic(line.ID), s.availability(), of
		e.Value = "{{ value_json." + what + " }}"
		return message{s.opts.Discovery + "/" + component + "/" + id + "/" + what + "/config", encoded(e)}
	}
	return []message{
		describe("sensor", "state", entity{
			Name: "Line", Class: "enum", Icon: "mdi:phone",
			Options: []string{string(Idle), string(Screening), string(Consulting), string(Guarded), string(Clearing)},
		}),
		describe("binary_sensor", "incident", entity{Name: "Incident", Class: "safety"}),
		describe("sensor", "caller", entity{Name: "Waiting caller", Icon: "mdi:phone-incoming"}),
	}
}
