package redisserver

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Cluster is a Redis Cluster of three masters.
type Cluster struct{ Nodes []*Server }

// slots is how many hash slots a cluster has.
const slots = 16384

// StartCluster runs a cluster and waits until each node serves every key, which takes
// some seconds. It is closed when ctx ends.
func StartCluster(ctx context.Context, opt Options) (*Cluster, error) {
	opt.clustered = true
	c := &Cluster{}
	for range 3 {
		node, err := Start(ctx, opt)
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.Nodes = append(c.Nodes, node)
	}
	if err := c.join(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start a redis cluster: %w", err), c.Close())
	}
	return c, nil
}

// join shares the slots out, introduces the nodes to each other, and waits until they agree.
func (c *Cluster) join(ctx context.Context) error {
	for i, node := range c.Nodes {
		first, next := slots*i/len(c.Nodes), slots*(i+1)/len(c.Nodes)
		if _, err := node.Command(ctx, fmt.Sprintf("CLUSTER ADDSLOTSRANGE %d %d", first, next-1)); err != nil {
			return err
		}
		for _, other := range c.Nodes {
			if other == node {
				continue
			}
			meet := fmt.Sprintf("CLUSTER MEET %s %d %d", node.opt.Address, node.port, node.bus)
			if _, err := other.Command(ctx, meet); err != nil {
				return err
			}
		}
	}
	return until(ctx, "the nodes do not agree", c.agreed)
}

func (c *Cluster) agreed(ctx context.Context) bool {
	for _, node := range c.Nodes {
		info, err := node.Command(ctx, "CLUSTER INFO")
		if err != nil || !strings.Contains(info, "cluster_state:ok") ||
			!strings.Contains(info, fmt.Sprintf("cluster_slots_ok:%d\r", slots)) ||
			!strings.Contains(info, fmt.Sprintf("cluster_known_nodes:%d\r", len(c.Nodes))) {
			return false
		}
	}
	return true
}

// Empty removes everything the cluster holds, and the scripts it knows.
func (c *Cluster) Empty(ctx context.Context) error {
	var errs []error
	for _, node := range c.Nodes {
		errs = append(errs, node.Empty(ctx))
	}
	return errors.Join(errs...)
}

// URL is where clients reach the cluster. There is no proxy on the way.
func (c *Cluster) URL() string {
	var hosts []string
	for _, node := range c.Nodes {
		hosts = append(hosts, node.address())
	}
	return "redis+cluster://" + strings.Join(hosts, ",")
}

// Close ends every node.
func (c *Cluster) Close() error {
	var errs []error
	for _, node := range c.Nodes {
		errs = append(errs, node.Close())
	}
	return errors.Join(errs...)
}
