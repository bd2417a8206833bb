package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
)

// spot says where to find something on the page: by role and name as aids for people read them, or by a selector where
// the page gives no role; inside of another spot or anywhere. It is looked up anew each time: a page may change under it.
type spot struct {
	b          *tab
	within     *spot
	role, name string // a name "~text" contains the text, any other is the whole of it; "" is any
	selector   string
	with       string // the text of what the selector finds has it
}

// at is what has that role and name.
func (b *tab) at(role, name string) spot { return spot{b: b, role: role, name: name} }

// css is what the selector finds.
func (b *tab) css(selector string) spot { return spot{b: b, selector: selector} }

func (s spot) at(role, name string) spot { return spot{b: s.b, within: &s, role: role, name: name} }
func (s spot) css(selector string) spot  { return spot{b: s.b, within: &s, selector: selector} }

// row is the first row of a table that has the text.
func (b *tab) row(text string) spot { return spot{b: b, selector: "tbody tr", with: text} }

func (s spot) String() string {
	what := fmt.Sprintf("the %s %q", s.role, s.name)
	if s.selector != "" {
		what = s.selector
	}
	if s.with != "" {
		what += fmt.Sprintf(" with %q", s.with)
	}
	if s.within != nil {
		what += " in " + s.within.String()
	}
	return what
}

// roles are short words for roles that have long ones.
var roles = map[string]string{"summary": "DisclosureTriangle"}

var errAbsent = errors.New("it is not there")

// find looks it up: the nodes in the order of the page, errAbsent when there is none.
func (s spot) find() ([]cdp.BackendNodeID, error) {
	root := cdp.BackendNodeID(0)
	if s.within != nil {
		outer, err := s.within.find()
		if err != nil {
			return nil, err
		}
		root = outer[0]
	} else {
		document, err := call(s.b, dom.GetDocument, dom.GetDocumentParams{})
		if err != nil {
			return nil, err
		}
		root = document.Root.BackendNodeID
	}
	if s.selector != "" {
		return s.findBySelector(root)
	}
	return s.findByRole(root)
}

func (s spot) findByRole(root cdp.BackendNodeID) ([]cdp.BackendNodeID, error) {
	role := s.role
	if long, ok := roles[role]; ok {
		role = long
	}
	tree, err := call(s.b, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{BackendNodeID: root, Role: role})
	if err != nil {
		return nil, err
	}
	var found []cdp.BackendNodeID
	for _, n := range tree.Nodes {
		if !n.Ignored && n.BackendDOMNodeID != 0 && s.named(textOf(n.Name)) {
			found = append(found, n.BackendDOMNodeID)
		}
	}
	if len(found) == 0 {
		return nil, errAbsent
	}
	return found, nil
}

func textOf(v *accessibility.Value) string {
	var text string
	if v != nil {
		_ = json.Unmarshal(v.Value, &text) // a name is a text
	}
	return strings.Join(strings.Fields(text), " ")
}

func (s spot) named(name string) bool {
	if part, ok := strings.CutPrefix(s.name, "~"); ok {
		return strings.Contains(name, part)
	}
	return s.name == "" || name == s.name
}

func (s spot) findBySelector(root cdp.BackendNodeID) ([]cdp.BackendNodeID, error) {
	object, err := call(s.b, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: root})
	if err != nil {
		return nil, err
	}
	list, err := call(s.b, runtime.CallFunctionOn, runtime.CallFunctionOnParams{ObjectID: object.Object.ObjectID,
		FunctionDeclaration: fmt.Sprintf("function() { return [...this.querySelectorAll(%q)].filter(e => e.textContent.includes(%q)); }", s.selector, s.with)})
	if err != nil {
		return nil, err
	}
	own := true
	items, err := call(s.b, runtime.GetProperties, runtime.GetPropertiesParams{ObjectID: list.Result.ObjectID, OwnProperties: &own})
	if err != nil {
		return nil, err
	}
	var found []cdp.BackendNodeID
	for _, item := range items.Result {
		if item.Value == nil || item.Value.Subtype != runtime.RemoteObjectSubtypeNode {
			continue
		}
		node, err := call(s.b, dom.DescribeNode, dom.DescribeNodeParams{ObjectID: item.Value.ObjectID})
		if err != nil {
			return nil, err
		}
		found = append(found, node.Node.BackendNodeID)
	}
	if len(found) == 0 {
		return nil, errAbsent
	}
	return found, nil
}

// see waits until it is there.
func (s spot) see() {
	s.b.t.Helper()
	s.b.until(s.String(), func() (string, error) {
		_, err := s.find()
		return "", err
	})
}

// gone waits until it is not there.
func (s spot) gone() {
	s.b.t.Helper()
	s.b.until(s.String()+" is gone", func() (string, error) {
		_, err := s.find()
		if errors.Is(err, errAbsent) {
			return "", nil
		}
		return "it is there", err
	})
}

// there reports whether it is there now.
func (s spot) there() bool {
	s.b.t.Helper()
	_, err := s.find()
	if err != nil && !errors.Is(err, errAbsent) {
		s.b.t.Fatalf("%s: %v", s, err)
	}
	return err == nil
}

// count is how many of it are there now.
func (s spot) count() int {
	s.b.t.Helper()
	found, err := s.find()
	if err != nil && !errors.Is(err, errAbsent) {
		s.b.t.Fatalf("%s: %v", s, err)
	}
	return len(found)
}
