package testbed

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// Who was told what first is proved by the kernel's own clock: it stamps a packet within
// the system call that sends it over the loopback, before the sender goes on. Two packets
// that were sent one after the other therefore have stamps in that order, whichever of
// their sockets is read first, and no allowance is made for goroutines that come late.

// stampedSocket is a UDP socket that knows when each packet arrived.
type stampedSocket struct {
	*net.UDPConn
	control []byte
	// arrived and from are of the packet read last; they belong to the one who reads.
	arrived time.Time
	from    netip.AddrPort
}

// listenStamped binds an address and has arrivals stamped.
func listenStamped(at netip.AddrPort) (*stampedSocket, error) {
	socket, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, err
	}
	raw, err := socket.SyscallConn()
	if err == nil {
		var refused error
		err = raw.Control(func(fd uintptr) {
			refused = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_TIMESTAMPNS, 1)
		})
		err = errors.Join(err, refused)
	}
	if err != nil {
		_ = socket.Close()
		return nil, fmt.Errorf("have packets stamped at %s: %w", at, err)
	}
	return &stampedSocket{UDPConn: socket, control: make([]byte, 64)}, nil
}

// ReadFrom reads one packet and keeps its stamp.
func (s *stampedSocket) ReadFrom(b []byte) (int, net.Addr, error) {
	n, controls, _, from, err := s.ReadMsgUDPAddrPort(b, s.control)
	if err != nil {
		return n, nil, err
	}
	s.from = from
	if s.arrived, err = stampOf(s.control[:controls]); err != nil {
		return n, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

var errNoStamp = errors.New("read packet: the kernel gave no time stamp")

// stampOf finds the kernel's stamp among the control messages of a packet.
func stampOf(control []byte) (time.Time, error) {
	messages, err := syscall.ParseSocketControlMessage(control)
	if err != nil {
		return time.Time{}, fmt.Errorf("read packet: %w", err)
	}
	for _, m := range messages {
		if m.Header.Level != syscall.SOL_SOCKET || m.Header.Type != syscall.SCM_TIMESTAMPNS {
			continue
		}
		switch len(m.Data) { // two numbers, of 8 or of 4 bytes
		case 16:
			return time.Unix(int64(binary.NativeEndian.Uint64(m.Data)), int64(binary.NativeEndian.Uint64(m.Data[8:]))), nil
		case 8:
			return time.Unix(int64(binary.NativeEndian.Uint32(m.Data)), int64(binary.NativeEndian.Uint32(m.Data[4:]))), nil
		}
	}
	return time.Time{}, errNoStamp
}

// rtpSocket is a stampedSocket whose owner can learn when all that has come so far has
// been read.
type rtpSocket struct {
	*stampedSocket
	own         netip.AddrPort
	asked, seen atomic.Int64
}

// ReadFrom reads one packet of somebody else.
func (s *rtpSocket) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := s.stampedSocket.ReadFrom(b)
		if err != nil || s.from != s.own {
			return n, from, err
		}
		s.seen.Add(1)
	}
}

// catchUp returns when every packet that has arrived by now has been read and dealt with:
// it sends one to itself and waits until that has come round. A closed socket reads no
// more.
func (s *rtpSocket) catchUp(ctx context.Context) error {
	want := s.asked.Add(1)
	if _, err := s.WriteTo([]byte{0}, s.LocalAddr()); errors.Is(err, net.ErrClosed) {
		return nil
	}
	err := poll(ctx, time.Millisecond, func() (bool, error) { return s.seen.Load() >= want, nil })
	if err != nil {
		return fmt.Errorf("read what has arrived at %s: %w", s.LocalAddr(), err)
	}
	return nil
}

// arrivalHeader carries the stamp of a SIP message through the SIP library. It stands
// before all that the sender wrote, so that nobody can send a stamp of his own.
const arrivalHeader = "X-Testbed-Arrival"

// sipSocket is a stampedSocket that writes the stamp into the messages it reads.
type sipSocket struct{ *stampedSocket }

// ReadFrom reads one message with its stamp in it.
func (s sipSocket) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := s.stampedSocket.ReadFrom(b)
	if err != nil {
		return n, from, err
	}
	return stampMessage(b, n, s.arrived), from, nil
}

// stampMessage puts a stamp behind the first line of the n bytes of a message, and
// returns the new length. What is no message stays as it is.
func stampMessage(b []byte, n int, at time.Time) int {
	first := bytes.Index(b[:n], []byte("\r\n"))
	header := arrivalHeader + ": " + strconv.FormatInt(at.UnixNano(), 10) + "\r\n"
	if first <= 0 || n+len(header) > len(b) {
		return n
	}
	first += 2
	copy(b[first+len(header):], b[first:n])
	copy(b[first:], header)
	return n + len(header)
}

// arrival is when a SIP message reached this machine. One that was made here, such as the
// library's own for a transaction that timed out, arrives now.
func arrival(m headed) time.Time {
	if stamps := m.GetHeaders(arrivalHeader); len(stamps) > 0 {
		if ns, err := strconv.ParseInt(stamps[0].Value(), 10, 64); err == nil {
			return time.Unix(0, ns)
		}
	}
	return time.Now()
}

// keepStamping opens a socket for as long as stamps are wanted and returns when they are
// the kernel's at arrival: it begins with that only a moment after a first socket has
// asked for it, and gives earlier packets the time at which they are read.
func keepStamping(ctx context.Context, at netip.Addr) (*stampedSocket, error) {
	socket, err := listenStamped(netip.AddrPortFrom(at, 0))
	if err != nil {
		return nil, err
	}
	packet := make([]byte, 8)
	err = poll(ctx, time.Millisecond, func() (bool, error) {
		if _, err := socket.WriteTo(packet, socket.LocalAddr()); err != nil {
			return false, err
		}
		sent := time.Now()
		time.Sleep(time.Millisecond) // a stamp of the time of reading is later than this
		_, _, err := socket.ReadFrom(packet)
		return !socket.arrived.After(sent), err
	})
	if err != nil {
		_ = socket.Close()
		return nil, fmt.Errorf("have packets stamped: %w", err)
	}
	return socket, nil
}
