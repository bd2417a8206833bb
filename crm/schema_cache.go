package crm

import (
	"context"
	"sync"
	"time"

	"github.com/backtrail/backtrail/audit"
)

const (
	// schemaFresh is how long a reader trusts a schema without asking whether another server changed it. Writers ask in
	// each transaction.
	schemaFresh = time.Second
	// schemaPatience bounds that question.
	schemaPatience = 5 * time.Second
	// schemasHeld bounds the accounts whose schemas are kept.
	schemasHeld = 10_000
)

// SchemaVersion tells the states of an account's definitions apart; "" is that of an account without any. Each change
// gives a new one that no other change has, even one that was rolled back.
type SchemaVersion string

// schemas keeps what was read of the accounts' definitions.
type schemas struct {
	mu   sync.Mutex // over all below
	held map[audit.AccountID]heldSchema
	// changes counts the calls of forget: what was read before one is not kept after it.
	changes int
}

type heldSchema struct {
	version SchemaVersion
	schema  *Schema
	asked   time.Time // by the machine's clock: it measures an age
}

func (c *schemas) get(account audit.AccountID) (h heldSchema, known bool, changes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, known = c.held[account]
	return h, known, c.changes
}

func (c *schemas) put(account audit.AccountID, h heldSchema, changes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if changes != c.changes {
		return
	}
	if len(c.held) >= schemasHeld {
		clear(c.held)
	}
	c.held[account] = h
}

func (c *schemas) forget(account audit.AccountID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.held, account)
	c.changes++
}

// Schema is the objects of the account, for reading: a change by another server is seen a moment later. A schema that
// cannot be read is the last one known; of an account that is not known yet, the built-in objects, and asking it for
// another one is the error.
func (e *Engine) Schema(account audit.AccountID) *Schema {
	if account == "" {
		return e.base
	}
	h, known, _ := e.schemas.get(account)
	if known && time.Since(h.asked) < schemaFresh {
		return h.schema
	}
	ctx, cancel := context.WithTimeout(context.Background(), schemaPatience)
	defer cancel()
	var s *Schema
	err := e.store.ReadRecords(ctx, account, func(v View) (err error) {
		s, err = e.SchemaIn(ctx, v, account)
		return err
	})
	switch {
	case err == nil:
		return s
	case known:
		return h.schema
	}
	unread := *e.base
	unread.unread = err
	return &unread
}

// SchemaChanged forgets what was read of an account. Whoever opened the transaction in which definitions changed calls
// it after the commit.
func (e *Engine) SchemaChanged(account audit.AccountID) { e.schemas.forget(account) }

// SchemaIn is the objects of the account as of the transaction of v.
func (e *Engine) SchemaIn(ctx context.Context, v View, account audit.AccountID) (*Schema, error) {
	asked := time.Now()
	h, known, changes := e.schemas.get(account)
	version, err := v.SchemaVersion(ctx)
	if err != nil {
		return nil, err
	}
	if !known || h.version != version {
		h = heldSchema{version: version, schema: e.base}
		if version != "" {
			definitions, err := v.Definitions(ctx)
			if err != nil {
				return nil, err
			}
			h.schema = e.base.With(definitions)
		}
	}
	h.asked = asked
	e.schemas.put(account, h, changes)
	return h.schema, nil
}
