package web

import "net/http"

// shortcut is keys and what they do.
type shortcut struct {
	Keys []string // either of them
	Does string
}

// shortcutGroup is the shortcuts of one part of the product.
type shortcutGroup struct {
	Label     string
	Shortcuts []shortcut
}

// shortcuts are all of them. What a single letter or sign does can be switched off; app.js knows these by what stands in the
// page: data-search, rows, and aria-keyshortcuts.
var shortcuts = []shortcutGroup{
	{"Everywhere", []shortcut{
		{[]string{"?"}, "This list"},
		{[]string{"/"}, "Search"},
		{[]string{"Esc"}, "Close what is open: a menu, a dialog, the entry beside the log"},
	}},
	{"In lists", []shortcut{
		{[]string{"j", "↓"}, "The next row"},
		{[]string{"k", "↑"}, "The row before"},
		{[]string{"Home", "End"}, "The first row, the last row"},
		{[]string{"Enter"}, "Open it"},
	}},
	{"In the audit log", []shortcut{
		{[]string{"←", "↑", "k"}, "The newer entry, when one is open"},
		{[]string{"→", "↓", "j"}, "The older entry, when one is open"},
		{[]string{"n"}, "Show what is new"},
		{[]string{"o"}, "Open what is folded, and close it"},
		{[]string{"v"}, "Views"},
		{[]string{"e"}, "Export"},
	}},
}

// keyboardPage lists the shortcuts.
type keyboardPage struct {
	Base
	Groups []shortcutGroup
}

// keyboard is the list as a page, and as a dialog for the script.
func (s *site) keyboard(v *visit) error {
	page := &keyboardPage{s.base(v, "Keyboard shortcuts", ""), shortcuts}
	if v.htmx() {
		return v.renderPart(http.StatusOK, "keyboard", "dialog", page)
	}
	return v.render(http.StatusOK, "keyboard", page)
}
