package testbed

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/emiago/diago/media"
	"github.com/emiago/diago/media/sdp"
	"github.com/pion/rtp"
)

// openMedia binds the call's RTP socket and begins to listen.
func (c *Call) openMedia() error {
	m := &media.MediaSession{
		Codecs: []media.Codec{media.CodecAudioUlaw, media.CodecTelephoneEvent8000},
		Mode:   sdp.ModeSendrecv,
		Laddr:  net.UDPAddr{IP: c.Phone.Addr.AsSlice()},
	}
	if err := m.Init(); err != nil {
		return fmt.Errorf("open rtp: %w", err)
	}
	c.media.Store(m)
	c.mouth = newMouth(c.sendRTP)
	c.Phone.mu.Lock()
	c.mouth.mute = c.Phone.mute
	c.Phone.mu.Unlock()
	c.ear = newEar(c.Phone.hub.prompts, c.Phone.hub.tones, c.Phone.hear)
	go c.listenRTP(m)
	return nil
}

// connectMedia takes the far end's description and begins to speak.
func (c *Call) connectMedia(description []byte) error {
	next := c.media.Load().Fork()
	if err := next.RemoteSDP(description); err != nil {
		return fmt.Errorf("read sdp: %w", err)
	}
	c.media.Store(next)
	c.mouth.setOpen()
	c.Phone.hub.pacer.add(c.mouth)
	return nil
}

// sendRTP sends one packet. Errors mean that a socket has just been closed.
func (c *Call) sendRTP(packet []byte) {
	if m := c.media.Load(); m.Raddr.Port != 0 {
		_, _ = m.WriteRTPRaw(packet)
	}
}

// listenRTP reads until the socket closes.
func (c *Call) listenRTP(m *media.MediaSession) {
	buf := make([]byte, media.RTPBufSize)
	var packet rtp.Packet
	for {
		packet = rtp.Packet{}
		_, err := m.ReadRTP(buf, &packet)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // not RTP
		}
		at := time.Now()
		c.packets.Add(1)
		c.lastPacket.Store(at.UnixNano())
		switch packet.PayloadType {
		case payloadUlaw:
			c.audio.Add(1)
			c.ear.feed(packet.Payload, at)
		case payloadKeys:
			c.events.Add(1)
			c.hearKey(&packet, at)
		}
	}
}

// hearKey notes a key once, however many packets tell of it: they share a time stamp.
func (c *Call) hearKey(packet *rtp.Packet, at time.Time) {
	if len(packet.Payload) < 4 || c.anyEvent && packet.Timestamp == c.lastEvent {
		return
	}
	c.anyEvent, c.lastEvent = true, packet.Timestamp
	if event := int(packet.Payload[0]); event < len(allKeys) {
		c.Phone.hear(Heard{What: "key " + allKeys[event:event+1], At: at, Until: at})
	}
}
