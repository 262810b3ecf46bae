package asterisk

import (
	"strings"

	"github.com/CyCoreSystems/ari/v5"

	"clearline/lib/call"
)

// ari/v5 puts the id of a key into a path as it is: keys hold ids escaped. What goes
// into a body is the id itself.

func channelKey(leg call.LegID) *ari.Key { return ari.NewKey(ari.ChannelKey, escaped(leg)) }

func bridgeKey(id call.BridgeID) *ari.Key { return ari.NewKey(ari.BridgeKey, escaped(id)) }

func endpointKey(endpoint string) *ari.Key {
	tech, resource, _ := strings.Cut(endpoint, "/")
	return ari.NewKey(ari.EndpointKey, escaped(tech)+"/"+escaped(resource))
}

func playbackKey(id call.PlaybackID) *ari.Key { return ari.NewKey(ari.PlaybackKey, escaped(id)) }
