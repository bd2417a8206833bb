package web

import (
	"slices"

	"github.com/backtrail/backtrail/audit"
)

// NavEntry is a line of the navigation: a link, or a heading when Href is empty.
type NavEntry struct {
	Key     string
	Label   string
	Href    string
	Sub     bool // stands below a heading
	Current bool
	needs   audit.Permission // "" for everybody
	orNeeds audit.Permission // is enough, too; "" for none
}

// navEntries is the whole navigation. Only what there is stands in it.
var navEntries = []NavEntry{
	{Key: "contacts", Label: "Contacts", Href: "/contacts", needs: audit.RecordsRead},
	{Key: "companies", Label: "Companies", Href: "/companies", needs: audit.RecordsRead},
	{Key: "opportunities", Label: "Opportunities", Href: "/opportunities", needs: audit.RecordsRead},
	{Key: "calendars", Label: "Calendars", Href: calendarPath, needs: audit.RecordsRead},
	{Key: "conversations", Label: "Conversations", Href: "/conversations", needs: audit.RecordsRead},
	{Key: "payments", Label: "Payments", Href: "/invoices", needs: audit.RecordsRead},
	{Key: "automation", Label: "Automation", Href: "/workflows", needs: audit.RecordsRead},
	{Key: "tasks", Label: "Tasks", Href: "/tasks", needs: audit.RecordsRead},
	{Label: "Settings"},
	{Key: "account", Label: "Account", Href: "/settings/account", Sub: true},
	{Key: "business", Label: "Business profile", Href: "/settings/business-profile", Sub: true, needs: audit.RecordsRead},
	{Key: "phones", Label: "Phone numbers", Href: "/settings/phone-numbers", Sub: true, needs: audit.RecordsRead},
	{Key: "integrations", Label: "Integrations", Href: "/settings/integrations", Sub: true, needs: audit.RecordsRead},
	{Key: "staff", Label: "Staff", Href: "/settings/staff", Sub: true, needs: audit.RecordsRead},
	{Key: "objects", Label: "Objects", Href: "/settings/objects", Sub: true, needs: audit.ObjectsManage},
	{Key: "roles", Label: "Roles", Href: "/settings/roles", Sub: true},
	{Key: "keys", Label: "API keys", Href: "/settings/api-keys", Sub: true, needs: audit.SettingsManage},
	{Key: "audit", Label: "Audit Logs", Href: "/settings/audit-logs", Sub: true, needs: audit.AuditRead, orNeeds: audit.AuditReadOwn},
}

// navigation is what a visitor may go to; custom stands before the settings.
func navigation(may map[audit.Permission]bool, current string, custom []NavEntry) []NavEntry {
	var nav []NavEntry
	settings := slices.IndexFunc(navEntries, func(e NavEntry) bool { return e.Href == "" })
	for _, e := range slices.Insert(slices.Clone(navEntries), settings, custom...) {
		if e.needs != "" && !may[e.needs] && !(e.orNeeds != "" && may[e.orNeeds]) {
			continue
		}
		e.Current = e.Key != "" && e.Key == current
		nav = append(nav, e)
	}
	return nav
}
