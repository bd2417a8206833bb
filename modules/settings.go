package modules

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// settings are the objects of the module settings.
var settings = []*crm.Object{businessProfile, phoneNumber, integration}

// businessProfile is who the account is towards its customers. It is made with the account (package workspace).
var businessProfile = &crm.Object{
	Key: "business_profile", Label: "Business profile", LabelPlural: "Business profile", Module: "settings",
	Title:     [][]string{{"name"}},
	WriteWith: audit.SettingsManage,
	Single:    true,
	Verbs:     map[audit.Action]string{audit.Updated: "settings.business_profile_updated"},
	Fill:      fillCurrency,
	Check:     checkBusinessProfile,
	Fields: []crm.Field{
		required(field("name", "Name", crm.Text)),
		field("legal_name", "Legal name", crm.Text),
		field("email", "Email", crm.Email),
		field("phone", "Phone", crm.Phone),
		field("website", "Website", crm.URL),
		field("address", "Address", crm.Text),
		field("city", "City", crm.Text),
		field("state", "State", crm.Text),
		field("postal_code", "Postal code", crm.Text),
		field("country", "Country", crm.Text),
		byDefault(required(field("timezone", "Time zone", crm.Text)), "UTC"),
		field("currency", "Currency", crm.Text),
		field("language", "Language", crm.Text),
		field("logo", "Logo", crm.URL),
		field("business_type", "Business type", crm.Text),
		field("registration_number", "Registration number", crm.Text),
		field("smtp_host", "SMTP host", crm.Text),
		field("smtp_port", "SMTP port", crm.Number),
		field("smtp_user", "SMTP user", crm.Text),
		field("smtp_password", "SMTP password", crm.Secret),
		field("mail_from", "Mail from", crm.Email),
	},
}

func checkBusinessProfile(_ context.Context, w *crm.Write) error {
	if w.After == nil {
		return nil
	}
	if err := checkZone(w, "timezone"); err != nil {
		return err
	}
	if err := checkCurrency(w); err != nil {
		return err
	}
	if err := checkWhole(w, "smtp_port", 1, 65535); err != nil {
		return err
	}
	return checkSMTPPassword(w)
}

// checkSMTPPassword wants the password to be entered anew when it would go to another server, or for another user. Nobody can read
// it; but who names the server could let it be sent to one of theirs.
func checkSMTPPassword(w *crm.Write) error {
	f := w.After.Fields
	isSent := f["smtp_host"] != audit.None && f["smtp_user"] != audit.None && f["smtp_password"] != audit.None
	if !isSent || w.GivesSecret("smtp_password") || !w.Changed("smtp_host") && !w.Changed("smtp_port") && !w.Changed("smtp_user") {
		return nil
	}
	return errs.InvalidField("smtp_password", "password_needed", "SMTP password must be entered again when SMTP host, SMTP port or SMTP user changes: it would go to another server, or be another user's.").
		WithFix("Give the password together with the host, the port and the user (Settings > Business profile).")
}

var phoneNumber = &crm.Object{
	Key: "phone_number", Label: "Phone number", LabelPlural: "Phone numbers", Module: "settings",
	Title:     [][]string{{"number"}},
	WriteWith: audit.SettingsManage,
	Assignee:  "assignee",
	Verbs:     map[audit.Action]string{audit.Created: "added", audit.Deleted: "released"},
	Fields: []crm.Field{
		required(unique(field("number", "Number", crm.Phone))),
		field("label", "Label", crm.Text),
		field("forward_to", "Forward to", crm.Phone),
		ref("assignee", "Assigned to", "staff", crm.Clear),
		byDefault(field("active", "Active", crm.Boolean), "true"),
	},
}

var integration = &crm.Object{
	Key: "integration", Label: "Integration", LabelPlural: "Integrations", Module: "settings",
	Title:     [][]string{{"provider"}},
	WriteWith: audit.SettingsManage,
	Fields: []crm.Field{
		required(unique(field("provider", "Provider", crm.Text))),
		byDefault(choice("status", "Status", "connected", "Connected", "disconnected", "Disconnected"), "connected"),
		field("config", "Configuration", crm.Long),
		field("api_key", "API key", crm.Secret),
		field("scopes", "Scopes", crm.Tags),
	},
	Rules: []crm.Rule{
		{Verb: "connected", Field: "status", To: []string{"connected"}, Label: "Connected",
			Template: "Connected integration {record}", When: "An integration that was disconnected works again. One that is made as connected has its created event."},
		{Verb: "disconnected", Field: "status", To: []string{"disconnected"}, Label: "Disconnected",
			Template: "Disconnected integration {record}", When: "An integration was switched off."},
		{Verb: "key_rotated", Field: "api_key", Label: "Key rotated", Final: "The old key is not in the log. Enter the key that shall hold.",
			Template: "Changed the API key of integration {record}", When: "The API key of an integration was set, replaced or removed. The key itself is never recorded."},
	},
}
