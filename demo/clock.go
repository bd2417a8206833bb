package demo

import (
	"sync"
	"time"
)

// clock is the time of the demo's life. It goes forward only, and moves when somebody acts.
type clock struct {
	mu sync.Mutex
	at time.Time // guarded by mu: exports run beside
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// moveTo sets the clock to t, unless it is later already.
func (c *clock) moveTo(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.at) {
		c.at = t
	}
}

// pass lets time go by.
func (c *clock) pass(d time.Duration) { c.moveTo(c.now().Add(d)) }
