package audit

// Permission is something that an actor may be allowed to do in an account. The log names the one that was missing
// in an access.denied event.
type Permission string

// The permissions. RecordsOnlyAssigned is the one that narrows: who has it sees just the records assigned to them.
const (
	AuditRead           Permission = "audit.read"
	AuditReadOwn        Permission = "audit.read_own"
	AuditExport         Permission = "audit.export"
	AuditRestore        Permission = "audit.restore"
	AuditManage         Permission = "audit.manage"
	SettingsManage      Permission = "settings.manage"
	StaffManage         Permission = "staff.manage"
	ObjectsManage       Permission = "objects.manage"
	RecordsRead         Permission = "records.read"
	RecordsWrite        Permission = "records.write"
	RecordsOnlyAssigned Permission = "records.only_assigned"
)

// permissionLabels say what each permission is for.
var permissionLabels = map[Permission]string{
	AuditRead:           "See the audit log",
	AuditReadOwn:        "See their own entries of the audit log",
	AuditExport:         "Export the audit log",
	AuditRestore:        "Restore and undo from the audit log",
	AuditManage:         "Manage the audit log",
	SettingsManage:      "Change the account's settings",
	StaffManage:         "Manage staff",
	ObjectsManage:       "Manage objects and fields",
	RecordsRead:         "See records",
	RecordsWrite:        "Change records",
	RecordsOnlyAssigned: "Only records assigned to them",
}

// Label says in words what the permission is for, its key when it is unknown.
func (p Permission) Label() string {
	if label := permissionLabels[p]; label != "" {
		return label
	}
	return string(p)
}

// Permissions lists all of them in the order in which they are shown.
var Permissions = []Permission{AuditRead, AuditReadOwn, AuditExport, AuditRestore, AuditManage, SettingsManage,
	StaffManage, ObjectsManage, RecordsRead, RecordsWrite, RecordsOnlyAssigned}
