package demo

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/workspace"
)

// epilogue is the last minutes: everybody who is there logs in once more, which renews the hash of their password at
// the cost of the installation, and something happens just now.
func (h *house) epilogue(ctx context.Context) error {
	w, err := workspace.New(h.store, workspace.Options{Clock: h.clock.now, Hashing: h.hashing})
	if err != nil {
		return err
	}
	h.w = w
	h.outside()
	present := h.around()
	for i, who := range present {
		h.clock.moveTo(h.end.Add(-quiet + time.Duration(i+1)*5*time.Minute))
		if err := h.login(ctx, h.people[who]); err != nil {
			return err
		}
	}
	for i, who := range present {
		h.clock.moveTo(h.end.Add(time.Duration(i-len(present))*2*time.Minute - time.Duration(h.between(1, 50))*time.Second))
		if err := h.something(ctx, who); err != nil {
			return err
		}
	}
	return h.automate(ctx)
}
