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

// Permissions lists all of them in the order in which they are shown.
var Permissions = []Permission{AuditRead, AuditReadOwn, AuditExport, AuditRestore, AuditManage, SettingsManage,
	StaffManage, ObjectsManage, RecordsRead, RecordsWrite, RecordsOnlyAssigned}
