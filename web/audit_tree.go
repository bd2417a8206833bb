package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// effectsShown is how many of the events that one caused are shown at once; the log has all of them.
const effectsShown = 20

// causeNode is an event in the tree of causes.
type causeNode struct {
	Entry auditEntry
	Here  bool // it is the entry that the tree is of
	Below []causeNode
	// Effects is where what it caused can be read, beside what stands below it; "" when it caused nothing else.
	Effects string
	Rest    causeRest // of what it caused, and is not shown
}

// causeRest is what there is beyond the events that are shown.
type causeRest struct {
	Count int
	List  string
}

// causeTree is why an event happened, from the first one on, and what came of it.
type causeTree struct {
	First causeNode
	Cause *auditEntry // the event's own; nil when there is none that the visitor sees
	// Above says why the tree does not begin with the first event; "" when it does.
	Above string
}

// causeTree reads the tree around e; nil for an event that has neither a cause nor effects.
func (m *entryMaker) causeTree(e *audit.Event, stored audit.Stored) (*causeTree, error) {
	chain, whole, err := audit.Causes(m.ctx, m.log(), m.caller.Account, e)
	if err != nil {
		return nil, err
	}
	node, err := m.causeNode(e, stored)
	if err != nil {
		return nil, err
	}
	node.Here = true
	if node.Below, node.Rest, err = m.effects(e, ""); err != nil || e.Cause == "" && len(node.Below) == 0 {
		return nil, err
	}
	tree, below := &causeTree{}, e.ID
	for i, st := range chain {
		cause, err := st.Event()
		if err != nil {
			return nil, err
		}
		up, err := m.causeNode(cause, st)
		if err != nil {
			return nil, err
		}
		up.Below = []causeNode{node}
		if i == 0 {
			tree.Cause = &up.Entry
		}
		if others, err := audit.CausedMoreThan(m.ctx, m.log(), m.caller.Account, cause, 1); err != nil {
			return nil, err
		} else if others {
			up.Effects = effectsAddress(cause.ID, below)
		}
		node, below = up, cause.ID
	}
	tree.First = node
	switch {
	case whole:
	case m.caller.ReadsOwn():
		tree.Above = "Something that you may not see"
	case len(chain) == audit.MostCauses:
		tree.Above = "Further causes: open the first one here"
	default:
		tree.Above = "An entry that is not in the log any more"
	}
	return tree, nil
}

// holds reports whether an event stands in the tree.
func (n causeNode) holds(id audit.EventID) bool {
	return n.Entry.ID == id || slices.ContainsFunc(n.Below, func(b causeNode) bool { return b.holds(id) })
}

func (m *entryMaker) log() audit.Log { return m.s.logFor(m.caller) }

// causeNode words one event; what is below it is still to be read.
func (m *entryMaker) causeNode(e *audit.Event, stored audit.Stored) (causeNode, error) {
	if _, err := m.parse([]audit.Stored{stored}); err != nil {
		return causeNode{}, err
	}
	entry := m.entry(e, stored)
	entry.When = m.clock.short(e.OccurredAt)
	return causeNode{Entry: entry}, nil
}

// effects are the first of what e caused, without the event but: in their order when they are all, the newest first otherwise.
func (m *entryMaker) effects(e *audit.Event, but audit.EventID) ([]causeNode, causeRest, error) {
	found, total, err := audit.Caused(m.ctx, m.log(), m.caller.Account, e, effectsShown)
	if err != nil {
		return nil, causeRest{}, err
	}
	rest := causeRest{total - len(found), causedList(e.ID)}
	var nodes []causeNode
	for _, st := range found {
		effect, err := st.Event()
		if err != nil {
			return nil, rest, err
		}
		if effect.ID == but {
			continue
		}
		node, err := m.causeNode(effect, st)
		if err != nil {
			return nil, rest, err
		}
		if further, err := audit.CausedMoreThan(m.ctx, m.log(), m.caller.Account, effect, 0); err != nil {
			return nil, rest, err
		} else if further {
			node.Effects = effectsAddress(effect.ID, "")
		}
		nodes = append(nodes, node)
	}
	if rest.Count == 0 {
		slices.Reverse(nodes)
	}
	return nodes, rest, nil
}

// effectsAddress is where the rest of what an event caused is, without the event but.
func effectsAddress(id, but audit.EventID) string {
	q := url.Values{}
	if but != "" {
		q.Set("but", string(but))
	}
	return eventAddress(id) + "/effects" + queryOf(q)
}

// causedList is the log narrowed to what an event caused.
func causedList(id audit.EventID) string {
	return auditPath + queryOf(url.Values{"q": {"cause:" + string(id)}})
}

// auditEffectsPage is what an event caused, below it in the tree.
type auditEffectsPage struct {
	Below []causeNode
	Rest  causeRest
}

// auditEffects answers a script that opens a node of the tree; without one its address leads to the event, which shows them.
func (s *site) auditEffects(v *visit) error {
	if err := s.auditVisitOwn(v); err != nil {
		return err
	}
	id, err := v.recordID()
	if err != nil {
		return err
	}
	but := audit.EventID(v.URL.Query().Get("but"))
	if but != "" && !audit.ValidID(but) {
		return errs.InvalidField("but", "invalid_id", "but must be the id of an event.")
	}
	if !v.htmx() {
		return v.leadTo(eventAddress(audit.EventID(id)))
	}
	stored, err := s.logFor(v.caller()).Event(v.Context(), v.caller().Account, audit.EventID(id))
	if err != nil {
		return err
	}
	e, err := stored.Event()
	if err != nil {
		return err
	}
	page := &auditEffectsPage{}
	if page.Below, page.Rest, err = s.entries(v, nil).effects(e, but); err != nil {
		return err
	}
	return v.renderPart(http.StatusOK, "audit_effects", "content", page)
}
