package testbed

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/emiago/diago/media"
	"github.com/emiago/diago/media/sdp"
	"github.com/pion/rtp"
)

// openMedia binds the call's RTP socket and begins to listen.
func (c *Call) openMedia() error {
	m, socket, err := openRTP(c.Phone.Addr)
	if err != nil {
		return err
	}
	c.media.Store(m)
	c.socket = socket
	c.mouth = newMouth(c.sendRTP)
	c.Phone.mu.Lock()
	c.mouth.mute = c.Phone.mute
	c.Phone.mu.Unlock()
	c.ear = newEar(c.Phone.hub.prompts, c.Phone.hub.tones, c.hear)
	go c.listenRTP(m, socket)
	return nil
}

// openRTP binds a pair of ports for RTP and RTCP. The socket is that of RTP.
func openRTP(at netip.Addr) (*media.MediaSession, *rtpSocket, error) {
	var rtp, rtcp *stampedSocket
	for range 20 { // until the port after a free one is free too
		var err error
		if rtp, err = listenStamped(netip.AddrPortFrom(at, 0)); err != nil {
			return nil, nil, fmt.Errorf("open rtp: %w", err)
		}
		port := uint16(rtp.LocalAddr().(*net.UDPAddr).Port)
		if port%2 == 0 {
			if rtcp, err = listenStamped(netip.AddrPortFrom(at, port+1)); err == nil {
				break
			}
		}
		_ = rtp.Close()
	}
	if rtcp == nil {
		return nil, nil, errors.New("open rtp: no two ports in a row are free")
	}
	m := &media.MediaSession{Codecs: []media.Codec{media.CodecAudioUlaw, media.CodecTelephoneEvent8000}}
	local := *rtp.LocalAddr().(*net.UDPAddr)
	socket := &rtpSocket{stampedSocket: rtp, own: netip.AddrPortFrom(at, uint16(local.Port))}
	m.InitWithListeners(socket, rtcp, &net.UDPAddr{})
	m.Mode, m.Laddr = sdp.ModeSendrecv, local
	return m, socket, nil
}

// closeMedia gives the call's sockets back; more than once is no mistake.
func (c *Call) closeMedia() {
	if m := c.media.Load(); m != nil {
		c.deafSince.CompareAndSwap(0, time.Now().UnixNano())
		_ = m.Close()
	}
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

// listenRTP reads until the socket closes, which is a little after the end of the call:
// what still comes then is counted, but nobody listens.
func (c *Call) listenRTP(m *media.MediaSession, socket *rtpSocket) {
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
		at := socket.arrived
		c.packets.Add(1)
		c.lastPacket.Store(at.UnixNano())
		over := c.over.Load()
		switch packet.PayloadType {
		case payloadUlaw:
			c.audio.Add(1)
			if isLoud(packet.Payload) {
				c.firstSound.CompareAndSwap(0, at.UnixNano())
				c.sounds.add(at)
			}
			if !over {
				c.ear.feed(packet.Payload, at)
			}
		case payloadKeys:
			c.events.Add(1)
			c.firstKey.CompareAndSwap(0, at.UnixNano())
			if !over {
				c.hearKey(&packet, at)
			}
		}
	}
}

// isLoud says whether a packet of audio is more than silence.
func isLoud(audio []byte) bool {
	energy := 0.0
	for _, b := range audio {
		energy += fromUlaw[b] * fromUlaw[b]
	}
	return energy >= loud*loud*float64(len(audio)) && len(audio) > 0
}

// hear notes what was heard on this call.
func (c *Call) hear(h Heard) (extend func(time.Time)) {
	h.on = c
	return c.Phone.hear(h)
}

// hearKey notes a key once, however many packets tell of it: they share a time stamp.
func (c *Call) hearKey(packet *rtp.Packet, at time.Time) {
	if len(packet.Payload) < 4 || c.anyEvent && packet.Timestamp == c.lastEvent {
		return
	}
	c.anyEvent, c.lastEvent = true, packet.Timestamp
	if event := int(packet.Payload[0]); event < len(allKeys) {
		c.hear(Heard{What: "key " + allKeys[event:event+1], At: at, Until: at})
	}
}
