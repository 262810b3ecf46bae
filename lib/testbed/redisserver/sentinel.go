package redisserver

import "context"

// Master is what a Sentinel calls the server it watches.
const Master = "clearline"

// StartSentinel runs a Sentinel that watches a server and tells clients where it is,
// without a proxy on the way. Its own URL is SentinelURL.
func StartSentinel(ctx context.Context, watched *Server) (*Server, error) {
	return Start(ctx, Options{Address: watched.opt.Address, watched: watched})
}

// SentinelURL is where clients learn from this Sentinel where the server it watches is.
func (s *Server) SentinelURL() string {
	return "redis+sentinel://" + s.opt.watched.userinfo() + s.address() + "/" + Master
}
