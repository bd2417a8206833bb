package modules

import (
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// moduleList is the modules in the order of the navigation.
var moduleList = []audit.Module{
	{Key: "contacts", Label: "Contacts"},
	{Key: "opportunities", Label: "Opportunities"},
	{Key: "calendars", Label: "Calendars"},
	{Key: "communications", Label: "Communications"},
	{Key: "automation", Label: "Automation"},
	{Key: "payments", Label: "Payments"},
	{Key: crm.CustomModule, Label: "Custom objects"},
	{Key: "settings", Label: "Settings"},
	{Key: "staff", Label: "Staff"},
	{Key: "access", Label: "Access"},
	{Key: "audit", Label: "Audit log"},
}

// objects are the built-in objects, module by module.
func objects() []*crm.Object {
	return slices.Concat(contacts, opportunities, calendars, communications, automation, payments, settings, staff)
}

// All returns the built-in schema and the catalog of every event type that the product writes.
func All() (*crm.Schema, *audit.Catalog, error) {
	schema, err := crm.NewSchema(objects())
	if err != nil {
		return nil, nil, err
	}
	var rows []audit.EventType
	for _, o := range schema.Objects() {
		rows = append(rows, o.EventTypes()...)
	}
	catalog, err := audit.NewCatalog(moduleList, slices.Concat(rows, contactEvents, customEvents, workflowEvents, settingsEvents, definitionEvents, staffEvents, accessEvents, auditEvents))
	return schema, catalog, err
}

// field makes a field with its label.
func field(key, label string, t crm.FieldType) crm.Field {
	return crm.Field{Key: key, Label: label, Type: t}
}

// ref makes a reference field.
func ref(key, label, object string, on crm.OnDelete) crm.Field {
	return crm.Field{Key: key, Label: label, Type: crm.RefType, Object: object, OnDelete: on}
}

// choice makes a select field; options come as key, label, key, label.
func choice(key, label string, options ...string) crm.Field {
	f := field(key, label, crm.Select)
	for pair := range slices.Chunk(options, 2) {
		f.Options = append(f.Options, crm.Option{Key: pair[0], Label: pair[1]})
	}
	return f
}

func required(f crm.Field) crm.Field {
	f.Required = true
	return f
}

func unique(f crm.Field) crm.Field {
	f.Unique = true
	return f
}

func byDefault(f crm.Field, value string) crm.Field {
	f.Default = value
	return f
}

func computed(f crm.Field) crm.Field {
	f.Computed = true
	return f
}
