package web

import (
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/savedviews"
	"github.com/backtrail/backtrail/workspace"
)

const viewsPath = auditPath + "/views"

// viewMenu is the menu of saved views beside the filters.
type viewMenu struct {
	Here   string // the name of the view that the page shows, "" for none
	Groups []viewGroup
	Form   *viewForm // nil where nothing is filtered
	Alert  string    // makes an alert of the filter; "" where nothing is filtered, and for who may not
}

// viewGroup is views under a heading.
type viewGroup struct {
	Label string
	Links []viewLink
}

// viewLink opens a view.
type viewLink struct {
	Name, Address string
	Here          bool // the page shows it
}

// viewForm saves a filter, as a new view or in the place of another one's.
type viewForm struct {
	Query     string
	Words     []string // the filter as a person reads it; on the page of views alone
	Name      string
	Shared    bool
	MayShare  bool
	Into      savedviews.ID // the view whose filter shall be replaced, "" for a new one
	Replace   []formOption  // those that may be
	Errors    *formErrors
	NameError string
}

// viewAddress is where a view is: its filter is read anew there, and what is wrong in it by now is said and left out.
func viewAddress(query string) string { return auditPath + "?" + query }

func (s *site) viewMenu(v *visit, f *auditFilter) (*viewMenu, error) {
	list, err := s.ws.Views.Views(v.Context(), v.caller())
	if err != nil {
		return nil, err
	}
	menu := &viewMenu{}
	own, shared := viewGroup{Label: "Your views"}, viewGroup{Label: "Shared views"}
	query := f.address.Encode()
	for _, view := range list {
		link := viewLink{view.Name, viewAddress(view.Query), view.Query == query}
		if link.Here && menu.Here == "" {
			menu.Here = view.Name
		}
		if view.Shared {
			shared.Links = append(shared.Links, link)
		} else {
			own.Links = append(own.Links, link)
		}
	}
	for _, g := range []viewGroup{own, shared} {
		if len(g.Links) > 0 {
			menu.Groups = append(menu.Groups, g)
		}
	}
	if query != "" {
		menu.Form = newViewForm(v, list, query)
		if v.may(audit.AuditManage) {
			menu.Alert = alertsPath + "/new?" + query
		}
	}
	return menu, nil
}

func newViewForm(v *visit, list []savedviews.View, query string) *viewForm {
	form := &viewForm{Query: query, MayShare: v.may(audit.AuditManage)}
	for _, view := range list {
		if view.MayChange(v.caller()) {
			form.Replace = append(form.Replace, formOption{Value: string(view.ID), Label: view.Name})
		}
	}
	return form
}

// viewsPage lists the saved views.
type viewsPage struct {
	Base
	Tab      string
	Views    []viewLine
	MayShare bool
	Form     *viewForm // what could not be saved
}

// viewLine is one view.
type viewLine struct {
	ID            savedviews.ID
	Name, Address string
	Words         []string // its filter
	LeftOut       []string // what of it is gone by now
	Shared        bool
	By            string
	Changed       when
	MayChange     bool
	Action        string
	// What its form holds, and what is wrong with it.
	NameGiven   string
	SharedGiven bool
	Errors      *formErrors
	NameError   string
}

func (s *site) savedViews(v *visit) error { return s.showViews(v, nil, func(*viewsPage) {}) }

// showViews answers with the list; fill adds what a form held that is shown again.
func (s *site) showViews(v *visit, problem error, fill func(*viewsPage)) error {
	if err := s.auditVisit(v); err != nil {
		return err
	}
	list, err := s.ws.Views.Views(v.Context(), v.caller())
	if err != nil {
		return err
	}
	people, err := s.auditPeople(v.Context(), v.caller(), false)
	if err != nil {
		return err
	}
	words := s.chipMaker(v.id, people, nil, nil)
	c := clock{s.now(), workspace.Zone(v.id.Account)}
	page := &viewsPage{Base: s.base(v, "Saved views of the audit log", "audit"), Tab: "views", MayShare: v.may(audit.AuditManage)}
	for _, view := range list {
		f := s.auditFilter(v, view.Params())
		line := viewLine{ID: view.ID, Name: view.Name, Address: viewAddress(view.Query), Words: words.filterWords(&f), Shared: view.Shared, By: view.OwnerName,
			Changed: c.short(view.UpdatedAt), MayChange: view.MayChange(v.caller()), Action: viewsPath + "/" + string(view.ID), NameGiven: view.Name, SharedGiven: view.Shared}
		for _, name := range append([]string{rangeParam}, audit.FilterParams...) {
			if e := f.Errors[name]; e != "" {
				line.LeftOut = append(line.LeftOut, e)
			}
		}
		page.Views = append(page.Views, line)
	}
	fill(page)
	if page.Form != nil {
		f := s.auditFilter(v, savedviews.View{Query: page.Form.Query}.Params())
		page.Form.Words = words.filterWords(&f)
		replace := newViewForm(v, list, "").Replace
		for i := range replace {
			replace[i].Selected = replace[i].Value == string(page.Form.Into)
		}
		page.Form.Replace = replace
	}
	return v.render(statusOfForm(problem), "audit_views", page)
}

// viewSave keeps the form's filter under a name, or in the place of a view's.
func (s *site) viewSave(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	query, into := form.Get("query"), savedviews.ID(form.Get("into"))
	in := savedviews.NewView{Name: form.Get("name"), Query: query, Shared: form.Get("shared") == "true"}
	var view savedviews.View
	said := "Saved the view "
	if into == "" {
		view, err = s.ws.Views.Save(v.Context(), v.caller(), in)
	} else {
		said = "Replaced the filter of the view "
		view, err = s.ws.Views.Update(v.Context(), v.caller(), into, savedviews.Change{Query: &query})
	}
	if err != nil && shownOnForm(err) {
		return s.showViews(v, err, func(p *viewsPage) {
			p.Form = &viewForm{Query: query, Name: in.Name, Shared: in.Shared, MayShare: p.MayShare, Into: into,
				Errors: summarize(err, func(key string) bool { return key == "name" }), NameError: mistakeAt(err, "name")}
		})
	}
	if err != nil {
		return err
	}
	return v.redirect(viewAddress(view.Query), Success(said+audit.Quote(view.Name)+"."))
}

// viewUpdate renames a view, shares it or keeps it to its owner.
func (s *site) viewUpdate(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	id, name, shared := savedviews.ID(v.PathValue("id")), form.Get("name"), form.Get("shared") == "true"
	change := savedviews.Change{Name: &name}
	if v.may(audit.AuditManage) {
		change.Shared = &shared
	}
	view, err := s.ws.Views.Update(v.Context(), v.caller(), id, change)
	if err != nil && shownOnForm(err) {
		return s.showViews(v, err, func(p *viewsPage) {
			if i := slices.IndexFunc(p.Views, func(l viewLine) bool { return l.ID == id }); i >= 0 {
				line := &p.Views[i]
				line.NameGiven, line.SharedGiven, line.NameError = name, shared, mistakeAt(err, "name")
				line.Errors = summarize(err, func(string) bool { return false })
			}
		})
	}
	if err != nil {
		return err
	}
	return v.redirect(viewsPath, Success("Changed the view "+audit.Quote(view.Name)+"."))
}

// viewDelete deletes a view; its filter stays at hand for a moment.
func (s *site) viewDelete(v *visit) error {
	list, err := s.ws.Views.Views(v.Context(), v.caller())
	if err != nil {
		return err
	}
	id := savedviews.ID(v.PathValue("id"))
	if err := s.ws.Views.Delete(v.Context(), v.caller(), id); err != nil {
		return err
	}
	said := Success("Deleted the view.")
	if i := slices.IndexFunc(list, func(v savedviews.View) bool { return v.ID == id }); i >= 0 {
		said = Success("Deleted the view "+audit.Quote(list[i].Name)+".").WithLink(viewAddress(list[i].Query), "Its filter")
	}
	return v.redirect(viewsPath, said)
}
