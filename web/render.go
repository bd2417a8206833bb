package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"

	"github.com/backtrail/backtrail/audit"
)

//go:embed templates/*.html
var templateFS embed.FS

// pageTemplate is a page's template: a file under templates with the page's name, which defines "content" for its
// layout, and any fragments. Files that begin with an underscore are shared by all.
type pageTemplate struct {
	name      string
	layout    string // "app" (with the navigation) or "solo"
	page      any    // a zero value of the struct that it is rendered with
	fragments []string
	parsed    *template.Template
}

// pageTemplates lists every page; a test checks each against its struct.
func pageTemplates() []*pageTemplate {
	return []*pageTemplate{
		{name: "error", layout: "app", page: errorPage{}},
		{name: "error_solo", layout: "solo", page: errorPage{}},
		{name: "login", layout: "solo", page: loginPage{}},
		{name: "account_password", layout: "app", page: passwordPage{}},
		{name: "account_sessions", layout: "app", page: sessionsPage{}},
		{name: "account_two_factor", layout: "app", page: twoFactorPage{}},
		{name: "account_recovery", layout: "app", page: recoveryPage{}},
		{name: "login_code", layout: "solo", page: loginCodePage{}},
		{name: "invitation", layout: "solo", page: invitationPage{}},
		{name: "password_forgotten", layout: "solo", page: forgottenPage{}},
		{name: "password_new", layout: "solo", page: newPasswordPage{}},
		{name: "staff_link", layout: "app", page: staffLinkPage{}},
		{name: "settings_account", layout: "app", page: accountSettingsPage{}},
		{name: "settings_objects", layout: "app", page: objectListPage{}},
		{name: "settings_object", layout: "app", page: objectPage{}},
		{name: "settings_object_delete", layout: "app", page: objectDeletePage{}},
		{name: "settings_field", layout: "app", page: fieldPage{}},
		{name: "settings_change", layout: "app", page: objectChangePage{}},
		{name: "settings_roles", layout: "app", page: rolesPage{}},
		{name: "settings_keys", layout: "app", page: keysPage{}},
		{name: "settings_key_revoke", layout: "app", page: keyRevokePage{}},
		{name: "integration_key", layout: "app", page: integrationKeyPage{}},
		{name: "record_list", layout: "app", page: recordListPage{}, fragments: []string{"list"}},
		{name: "record_form", layout: "app", page: recordFormPage{}},
		{name: "record_conflict", layout: "app", page: recordConflictPage{}},
		{name: "record_past", layout: "app", page: &recordPastPage{}, fragments: []string{"past"}},
		{name: "record_history", layout: "app", page: recordHistoryPage{}},
		{name: "record_merge", layout: "app", page: recordMergePage{}},
		{name: "record_bulk", layout: "app", page: recordBulkPage{}},
		{name: "bulk_job", layout: "app", page: bulkJobPage{}, fragments: []string{"job"}},
		{name: "record_delete", layout: "app", page: recordDeletePage{}},
		{name: "record", layout: "app", page: recordPage{}, fragments: []string{"tags"}},
		{name: "conversation", layout: "app", page: conversationPage{}},
		{name: "import_start", layout: "app", page: importStartPage{}},
		{name: "import_map", layout: "app", page: importMapPage{}},
		{name: "import_job", layout: "app", page: importJobPage{}, fragments: []string{"job"}},
		{name: "suggest", layout: "suggestions", page: suggestPage{}},

		// Calendars.
		{name: "calendar", layout: "app", page: calendarPage{}, fragments: []string{"calendar"}},

		// Audit log.
		{name: "audit_log", layout: "app", page: auditLogPage{}, fragments: []string{"log", "results-swap", "list", "rows", "timeline"}},
		{name: "audit_parts", layout: "content", page: auditPartsPage{}},
		{name: "audit_effects", layout: "content", page: auditEffectsPage{}},
		{name: "audit_people", layout: "content", page: auditPeoplePage{}},
		{name: "audit_complete", layout: "content", page: auditCompletePage{}},
		{name: "keyboard", layout: "app", page: keyboardPage{}, fragments: []string{"dialog"}},
		{name: "audit_narrow", layout: "content", page: auditNarrowPage{}},
		{name: "audit_event", layout: "app", page: auditEventPage{}, fragments: []string{"drawer"}},
		{name: "audit_views", layout: "app", page: viewsPage{}},
		{name: "audit_alerts", layout: "app", page: alertsPage{}},
		{name: "audit_alert", layout: "app", page: alertPage{}, fragments: []string{"preview"}},
		{name: "audit_deleted", layout: "app", page: auditDeletedPage{}},
		{name: "audit_exports", layout: "app", page: exportsPage{}},
		{name: "audit_export", layout: "content", page: exportPart{}},
		{name: "audit_integrity", layout: "app", page: integrityPage{}, fragments: []string{"verifications"}},
		{name: "audit_verification", layout: "app", page: verificationPage{}, fragments: []string{"verification"}},
		{name: "restore", layout: "app", page: takeBackPage{}},
		{name: "restore_job", layout: "app", page: restoreJobPage{}, fragments: []string{"job"}},

		// Payments.
		{name: "invoice", layout: "app", page: invoicePage{}},
		{name: "invoice_form", layout: "app", page: invoiceFormPage{}},
		{name: "invoice_send", layout: "app", page: invoiceSendPage{}},
		{name: "invoice_void", layout: "app", page: invoiceAskPage{}},
		{name: "invoice_print", layout: "paper", page: invoicePrintPage{}},
		{name: "payment_refund", layout: "app", page: paymentRefundPage{}},

		// Automation.
		{name: "workflow", layout: "app", page: workflowPage{}},
		{name: "workflow_form", layout: "app", page: workflowFormPage{}, fragments: []string{"editor"}},
		{name: "workflow_run", layout: "app", page: workflowRunPage{}},

		// Opportunities.
		{name: "board", layout: "app", page: boardPage{}, fragments: []string{"board"}},
		{name: "opportunity_move", layout: "app", page: opportunityMovePage{}, fragments: []string{"dialog"}},
		{name: "pipelines", layout: "app", page: pipelinesPage{}},
		{name: "pipeline", layout: "app", page: pipelinePage{}},
	}
}

// templateFuncs are the functions in templates; everything that needs the page is a method of Base instead.
var templateFuncs = template.FuncMap{
	"thousands":   func(n int) string { return audit.Thousands(n) },
	"thousands64": func(n int64) string { return audit.Thousands(int(n)) },
	"join":        strings.Join,
	"lower":       strings.ToLower,
	"initials":    initials,
}

func parseTemplates() map[string]*pageTemplate {
	shared := template.New("").Funcs(templateFuncs)
	partials, err := fs.Glob(templateFS, "templates/_*.html")
	if err == nil {
		shared, err = shared.ParseFS(templateFS, partials...)
	}
	all := map[string]*pageTemplate{}
	for _, p := range pageTemplates() {
		if err != nil {
			break
		}
		var clone *template.Template
		if clone, err = shared.Clone(); err == nil {
			p.parsed, err = clone.ParseFS(templateFS, "templates/"+p.name+".html")
		}
		all[p.name] = p
	}
	if err != nil {
		panic(fmt.Sprintf("web: %v", err)) // they are part of the program
	}
	return all
}

// render answers with a whole page.
func (v *visit) render(status int, name string, page any) error {
	return v.execute(status, name, v.site.templates[name].layout, page)
}

// renderPart answers htmx with a fragment of the page's template.
func (v *visit) renderPart(status int, name, fragment string, page any) error {
	return v.execute(status, name, fragment, page)
}

// execute renders into a buffer first: an error must not leave half a page.
func (v *visit) execute(status int, name, entry string, page any) error {
	var b bytes.Buffer
	if err := v.site.templates[name].parsed.ExecuteTemplate(&b, entry, page); err != nil {
		return fmt.Errorf("web: the page %s cannot be rendered: %w", name, err)
	}
	h := v.ResponseWriter.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store") // it is one person's view, and gone with their session
	h.Add("Vary", "HX-Request")
	if v.flash != nil {
		setCookie(v, flashCookie, "", -1)
	}
	v.WriteHeader(status)
	if v.Method != http.MethodHead {
		_, _ = b.WriteTo(v.ResponseWriter) // when the browser is gone there is nobody to tell
	}
	return nil
}

// initials are the letters of an avatar.
func initials(name string) string {
	words := strings.Fields(name)
	switch len(words) {
	case 0:
		return "?"
	case 1:
		return firstLetter(words[0])
	}
	return firstLetter(words[0]) + firstLetter(words[len(words)-1])
}

func firstLetter(s string) string {
	for _, r := range s {
		return strings.ToUpper(string(r))
	}
	return ""
}
