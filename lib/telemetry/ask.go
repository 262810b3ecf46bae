package telemetry

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
)

// answerMax bounds what is read of an answer.
const answerMax = 1 << 20

// Ask asks the Clearline that listens at an address of this machine for one of the pages that
// [Mount] adds. What accept names is the form of the answer; secure is whether it is served
// over TLS. well is whether the status is 200.
func Ask(ctx context.Context, listen string, secure bool, page, accept string) (well bool, answer []byte, err error) {
	scheme, transport := "http", &http.Transport{DisableKeepAlives: true}
	if secure {
		// The certificate is for the name that wardens know, not for this machine's loopback;
		// nothing secret is said in either direction.
		scheme, transport.TLSClientConfig = "https", &tls.Config{InsecureSkipVerify: true}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+here(listen)+page, nil)
	if err != nil {
		return false, nil, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Accept", accept)
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		var network *net.OpError
		if errors.As(err, &network) {
			err = network
		}
		return false, nil, err
	}
	defer func() { _ = resp.Body.Close() }() // it is read to the end, or given up
	answer, err = io.ReadAll(io.LimitReader(resp.Body, answerMax))
	if err != nil {
		return false, nil, fmt.Errorf("read answer: %w", err)
	}
	return resp.StatusCode == http.StatusOK, answer, nil
}

// here is where this machine reaches a server that listens so.
func here(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen // config has checked it
	}
	if at, err := netip.ParseAddr(host); host == "" || err == nil && at.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
