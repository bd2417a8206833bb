package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/backtrail/backtrail/workspace"
)

// Prefix is where the API lives.
const Prefix = "/api/v1"

// MaxBody is the most that a request may carry, in bytes.
const MaxBody = 10 << 20

// API answers the requests under Prefix.
type API struct {
	*workspace.Workspace
	mux  *http.ServeMux
	huma huma.API
	doc  []byte // the OpenAPI document

	streams streams
}

var _ http.Handler = (*API)(nil)

// New returns the API over w; version is the program's, for the OpenAPI document.
func New(w *workspace.Workspace, version string) *API {
	a := &API{Workspace: w, mux: http.NewServeMux(), streams: streams{open: map[string]int{}}}
	a.huma = humago.NewWithPrefix(a.mux, Prefix, config(version))
	a.huma.UseMiddleware(a.knowCaller, a.checkQuery, a.takeBody)
	a.routes()
	a.doc = document(a.huma.OpenAPI())
	a.mux.HandleFunc("GET "+Prefix+"/openapi.json", a.openAPI)
	return a
}

func (a *API) routes() {
	add(a, open(post("/session", "login", "Log in", "session")), a.login)
	add(a, get("/session", "whoami", "Who is calling", "session"), a.whoami)
	add(a, status(http.StatusNoContent, del("/session", "logout", "Log out", "session")), a.logout)
	add(a, status(http.StatusNoContent, post("/session/password", "changePassword", "Change the own password", "session")), a.changePassword)

	add(a, status(http.StatusAccepted, open(post("/session/password/forgotten", "requestPasswordLink", "Send a link to a new password, if somebody has this email", "session"))), a.forgottenPassword)
	add(a, status(http.StatusNoContent, also(open(post("/session/password/reset", "resetPassword", "Choose a new password by a link", "session")), 410)), a.resetPassword)
	add(a, get("/session/two-factor", "getTwoFactor", "How the caller's second factor stands", "session"), a.twoFactor)
	add(a, post("/session/two-factor", "setUpTwoFactor", "Make the secret of a second factor", "session"), a.setUpTwoFactor)
	add(a, also(put("/session/two-factor", "enableTwoFactor", "Turn on the second factor that was set up", "session"), 422), a.enableTwoFactor)
	add(a, also(post("/session/two-factor/recovery-codes", "renewRecoveryCodes", "Replace the recovery codes", "session"), 422), a.renewRecoveryCodes)
	add(a, status(http.StatusNoContent, also(post("/session/two-factor/off", "disableTwoFactor", "Turn off the second factor", "session"), 422)), a.disableTwoFactor)
	add(a, status(http.StatusNoContent, also(post("/session/acting", "actAs", "Work as another staff member, for an hour at most", "session"), 422)), a.actAs)
	add(a, status(http.StatusNoContent, del("/session/acting", "stopActing", "Be oneself again", "session")), a.stopActing)
	add(a, get("/sessions", "listSessions", "The caller's sessions, the last used first", "session"), a.sessions)
	add(a, del("/sessions", "endOtherSessions", "End all sessions of the caller but this one", "session"), a.endOtherSessions)
	add(a, status(http.StatusNoContent, del("/sessions/{session}", "endSession", "End one of the caller's sessions", "session")), a.endSession)

	add(a, status(http.StatusCreated, also(post("/staff/{id}/invitation", "inviteStaff", "Make the link by which somebody who is invited comes in", "staff"), 410, 422)), a.invite)
	add(a, status(http.StatusNoContent, also(open(post("/invitation", "acceptInvitation", "Accept an invitation", "staff")), 410, 412)), a.acceptInvitation)
	add(a, status(http.StatusCreated, also(post("/staff/{id}/password-link", "createPasswordLink", "Make a link to a new password, to hand over", "staff"), 422)), a.createPasswordLink)
	add(a, status(http.StatusNoContent, also(del("/staff/{id}/two-factor", "resetTwoFactor", "Take the second factor from somebody who lost it", "staff"), 422)), a.resetTwoFactor)
	add(a, get("/staff/{id}/sessions", "listStaffSessions", "The sessions that a staff member has open in the account", "staff"), a.staffSessions)
	add(a, status(http.StatusNoContent, del("/staff/{id}/sessions/{session}", "endStaffSession", "End a session of a staff member", "staff")), a.endStaffSession)

	add(a, get("/account", "getAccount", "The account's settings", "account"), a.account)
	add(a, patch("/account", "updateAccount", "Change the account's settings", "account"), a.updateAccount)

	add(a, get("/roles", "getRoles", "What the roles may do", "account"), a.roles)
	add(a, also(patch("/roles", "updateRoles", "Change what admins, members and agencies may do", "account"), 412), a.updateRoles)
	add(a, get("/keys", "listKeys", "The API keys", "account"), a.listKeys)
	add(a, status(http.StatusCreated, post("/keys", "createKey", "Make an API key; its token is in this answer and never again", "account")), a.createKey)
	add(a, status(http.StatusNoContent, del("/keys/{id}", "revokeKey", "Revoke an API key", "account")), a.revokeKey)

	add(a, get("/objects", "listObjects", "The types of records with their fields", "objects"), a.listObjects)
	add(a, get("/objects/{object}", "getObject", "One type of records", "objects"), a.getObject)
	add(a, status(http.StatusCreated, post("/objects", "createObject", "Make a custom object", "objects")), a.createObject)
	add(a, also(patch("/objects/{object}", "updateObject", "Change a custom object, or the custom fields of any object", "objects"), 412), a.updateObject)
	add(a, also(del("/objects/{object}", "deleteObject", "Delete a custom object with its records", "objects"), 412, 422), a.deleteObject)

	add(a, filtered(get("/records/{object}", "listRecords", "List and search records", "records")), a.listRecords)
	add(a, status(http.StatusCreated, post("/records/{object}", "createRecord", "Create a record", "records")), a.createRecord)
	add(a, also(get("/records/{object}/{id}", "getRecord", "A record, now or as of a time", "records"), 410), a.getRecord)
	add(a, also(patch("/records/{object}/{id}", "updateRecord", "Change fields of a record", "records"), 410, 412), a.updateRecord)
	add(a, also(del("/records/{object}/{id}", "deleteRecord", "Delete a record with all that belongs to it", "records"), 410), a.deleteRecord)
	add(a, also(post("/records/{object}/batch", "batchRecords", "Create, update and delete in one operation", "records"), 410, 412), a.batch)
	add(a, also(post("/records/{object}/{id}/merge", "mergeRecords", "Make one record of two", "records"), 410, 422), a.merge)
	add(a, also(post("/records/{object}/bulk", "bulkRecords", "Change or delete all records that are selected by id or by filter, in one operation", "records"), 410, 422), a.bulk)
	add(a, imports(post("/records/{object}/import", "importRecords", "Import a CSV file", "records")), a.importRecords)
	add(a, get("/records/{object}/{id}/history", "recordHistory", "The events of one record", "records"), a.history)

	add(a, status(http.StatusAccepted, also(post("/messages/send", "sendMessage", "Send an email, or enter an SMS, call or note", "messages"), 410)), a.sendMessage)
	add(a, also(post("/messages/receive", "receiveMessage", "Take an email that came in", "messages"), 410), a.receiveMessage)
	add(a, status(http.StatusAccepted, also(post("/messages/{id}/send", "sendMessageAgain", "Send a draft, or a failed message again", "messages"), 410)), a.sendMessageAgain)
	add(a, status(http.StatusNoContent, also(post("/account/test-mail", "sendTestMail", "Send a test email by the account's mail server", "account"), 422, 503)), a.sendTestMail)
	add(a, also(get("/appointments/{id}/conflicts", "appointmentConflicts", "The other appointments of the same person at the same time", "records"), 410), a.conflicts)

	add(a, get("/workflows/{id}/runs", "listWorkflowRuns", "The runs of a workflow, newest first", "automation"), a.listRuns)
	add(a, get("/workflows/{id}/runs/{run}", "getWorkflowRun", "One run of a workflow with its steps", "automation"), a.getRun)

	add(a, get("/audit/events", "listEvents", "The audit log, newest first", "audit"), a.listEvents)
	add(a, get("/audit/events/{id}", "getEvent", "One event", "audit"), a.getEvent)
	add(a, get("/agency/accounts", "listAgencyAccounts", "The accounts whose logs the caller sees as one", "agency"), a.agencyAccounts)
	add(a, get("/agency/events", "listAgencyEvents", "The logs of several accounts as one, newest first", "agency"), a.agencyEvents)

	add(a, get("/audit/complete", "completeQuestion", "What may stand at a place of a question", "audit"), a.complete)
	add(a, get("/audit/views", "listViews", "The saved views of the log: the caller's own first, then the shared ones", "audit"), a.listViews)
	add(a, status(http.StatusCreated, post("/audit/views", "createView", "Save a filter of the log under a name", "audit")), a.createView)
	add(a, patch("/audit/views/{id}", "updateView", "Rename a view, replace its filter, share it or keep it to oneself", "audit"), a.updateView)
	add(a, status(http.StatusNoContent, del("/audit/views/{id}", "deleteView", "Delete a view", "audit")), a.deleteView)

	add(a, get("/audit/alerts", "listAlerts", "The alerts on the log, the ready-made ones among them", "audit"), a.listAlerts)
	add(a, status(http.StatusCreated, post("/audit/alerts", "createAlert", "Have somebody told when entries pass a filter", "audit")), a.createAlert)
	add(a, post("/audit/alerts/preview", "previewAlert", "How often an alert would have fired in the last 30 days", "audit"), a.previewAlert)
	add(a, get("/audit/alerts/{id}", "getAlert", "One alert", "audit"), a.getAlert)
	add(a, patch("/audit/alerts/{id}", "updateAlert", "Change an alert, or switch it on or off", "audit"), a.updateAlert)
	add(a, status(http.StatusNoContent, also(del("/audit/alerts/{id}", "deleteAlert", "Delete an alert", "audit"), 422)), a.deleteAlert)
	add(a, post("/audit/alerts/{id}/test", "testAlert", "Send a test message to everybody whom an alert tells", "audit"), a.testAlert)

	add(a, get("/audit/facets", "auditFacets", "How many events there are by module, type, action and user", "audit"), a.facets)
	add(a, get("/audit/histogram", "auditHistogram", "How many events there are over time", "audit"), a.histogram)
	add(a, answers(also(get("/audit/stream", "streamEvents", "New events as they are recorded, as server-sent events", "audit"), 429),
		"Each event as `id`, `event: event` and `data` (an Event as JSON); comments as signs of life", "text/event-stream"), a.stream)

	add(a, status(http.StatusAccepted, post("/audit/exports", "createExport", "Ask for an export of the log", "exports")), a.createExport)
	add(a, get("/audit/exports", "listExports", "The exports that were asked for, newest first", "exports"), a.listExports)
	add(a, get("/audit/exports/{id}", "getExport", "One export with its progress", "exports"), a.getExport)
	add(a, answers(also(get("/audit/exports/{id}/file", "downloadExport", "The file of an export", "exports"), 409, 410, 416),
		"The file, or the range of it that was asked for (206)", "text/csv", "application/x-ndjson", "application/zip"), a.exportFile)
	add(a, also(status(http.StatusAccepted, post("/audit/exports/{id}/retry", "retryExport", "Try an export again that failed", "exports")), 409), a.retryExport)
	add(a, status(http.StatusNoContent, del("/audit/exports/{id}", "deleteExport", "Cancel an export, or remove its file", "exports")), a.deleteExport)

	add(a, answers(also(get("/ledger/checkpoint", "getCheckpoint", "The newest signed head of the account's ledger", "ledger"), 503),
		"A signed note (C2SP tlog-checkpoint)", "text/plain"), a.checkpoint)
	add(a, answers(also(get("/ledger/key", "getLedgerKey", "The key by which others check the account's ledger", "ledger"), 503),
		"The verifier key, one line: name, hash and public key, joined by plus signs", "text/plain"), a.verifierKey)
	add(a, answers(also(get("/ledger/proof/{event_id}", "getProof", "The proof that an event is in the ledger", "ledger"), 409, 503),
		"A C2SP tlog-proof, with the newest checkpoint", "text/plain"), a.proof)
	add(a, status(http.StatusAccepted, post("/ledger/verify", "verifyLedger", "Verify the whole log, or join the verification that is under way", "ledger")), a.verify)
	add(a, get("/ledger/verify", "listVerifications", "The verifications that were asked for, newest first", "ledger"), a.listVerifications)
	add(a, get("/ledger/verify/{id}", "getVerification", "One verification with its progress, and what it found", "ledger"), a.getVerification)
	add(a, status(http.StatusNoContent, del("/ledger/verify/{id}", "cancelVerification", "Cancel a verification", "ledger")), a.cancelVerification)
	add(a, get("/ledger/targets", "getLedgerTargets", "Where copies of the checkpoints are sent", "ledger"), a.ledgerTargets)
	add(a, put("/ledger/targets", "setLedgerTargets", "Change where copies of the checkpoints are sent", "ledger"), a.setLedgerTargets)
	add(a, status(http.StatusAccepted, also(post("/ledger/targets/send", "sendCheckpoint", "Send copies now", "ledger"), 422)), a.sendCheckpoints)

	add(a, get("/audit/deleted", "listDeletions", "The deletions that can still be restored, newest first", "restore"), a.listDeletions)
	add(a, a.takesBack(post("/audit/deleted/restore", "restoreTogether", "Restore several deletions together", "restore")), a.restoreTogether)
	add(a, a.takesBack(post("/audit/events/{id}/restore", "restoreEvent", "Restore what a deletion took", "restore")), a.restoreEvent)
	add(a, a.takesBack(post("/audit/events/{id}/undo", "undoEvent", "Put back the fields that an update changed", "restore")), a.undoEvent)
	add(a, a.takesBack(post("/audit/operations/{operation}/restore", "restoreOperation", "Restore everything that an operation deleted", "restore")), a.restoreOperation)
	add(a, a.takesBack(post("/audit/operations/{operation}/undo", "undoOperation", "Put back everything that an operation changed", "restore")), a.undoOperation)
	add(a, get("/audit/restores/{id}", "getRestoreJob", "A restore or an undo in the background, with its progress", "restore"), a.getRestoreJob)
	add(a, status(http.StatusNoContent, del("/audit/restores/{id}", "cancelRestoreJob", "Cancel a restore or an undo in the background; nothing of it stays", "restore")), a.cancelRestoreJob)
}

// ServeHTTP answers; what no route takes gets a problem document too.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, pattern := a.mux.Handler(r); pattern == "" {
		a.noRoute(w, r)
		return
	}
	a.mux.ServeHTTP(w, r)
}

// add registers a route; its errors go through the one adapter.
func add[I, O any](a *API, op huma.Operation, fn func(context.Context, *I) (*O, error)) {
	describeErrors(a.huma, &op)
	if len(op.Security) > 0 {
		op.Parameters = append(op.Parameters, accountHeader)
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := fn(ctx, in)
		if err != nil {
			return nil, a.refuse(ctx, err)
		}
		return out, nil
	})
}

// none is the answer without a body.
type none struct{}

// signedIn is the security of every route but open ones.
var signedIn = []map[string][]string{{"key": {}}, {"session": {}}}

// accountHeader is a parameter of every route with credentials.
var accountHeader = &huma.Param{Name: "Backtrail-Account", In: "header", Schema: &huma.Schema{Type: huma.TypeString},
	Description: "Id of the account, for a person in several; without it the session's own"}

// operation describes a route. The body is read and limited by takeBody, so huma's own limits are off.
func operation(method, path, id, summary, tag string) huma.Operation {
	return huma.Operation{Method: method, Path: path, OperationID: id, Summary: summary, Tags: []string{tag},
		Security: signedIn, MaxBodyBytes: -1, BodyReadTimeout: -1, Metadata: map[string]any{}}
}

func get(path, id, summary, tag string) huma.Operation {
	return operation(http.MethodGet, path, id, summary, tag)
}

func post(path, id, summary, tag string) huma.Operation {
	return operation(http.MethodPost, path, id, summary, tag)
}

func put(path, id, summary, tag string) huma.Operation {
	return operation(http.MethodPut, path, id, summary, tag)
}

func patch(path, id, summary, tag string) huma.Operation {
	return operation(http.MethodPatch, path, id, summary, tag)
}

func del(path, id, summary, tag string) huma.Operation {
	return operation(http.MethodDelete, path, id, summary, tag)
}

// open makes a route that needs no credentials.
func open(op huma.Operation) huma.Operation {
	op.Security = []map[string][]string{}
	return op
}

func status(code int, op huma.Operation) huma.Operation {
	op.DefaultStatus = code
	return op
}

// also names statuses of errors beside the usual ones.
func also(op huma.Operation, codes ...int) huma.Operation {
	op.Metadata[moreErrors] = codes
	return op
}

// filtered adds filter[FIELD], from[FIELD] and before[FIELD] to a list of records.
func filtered(op huma.Operation) huma.Operation {
	explode := true
	for _, p := range []struct{ name, description, field, value string }{
		{"filter", "filter[FIELD]=VALUE lets records with this value through. It may repeat (any of the values); an empty value asks for records without one.", "status", "open"},
		{"from", "from[FIELD]=VALUE lets records through whose date, time or number is this one or a later or larger one.", "start", "2026-03-02T00:00:00Z"},
		{"before", "before[FIELD]=VALUE lets records through whose date, time or number is before or below this one.", "start", "2026-03-09T00:00:00Z"},
	} {
		op.Parameters = append(slices.Clone(op.Parameters), &huma.Param{Name: p.name, In: "query", Style: "deepObject", Explode: &explode,
			Description: p.description, Schema: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: &huma.Schema{Type: huma.TypeString}},
			Example: map[string]any{p.field: p.value}})
	}
	return op
}

// answers says what a route sends that is no JSON.
func answers(op huma.Operation, description string, mediaTypes ...string) huma.Operation {
	content := map[string]*huma.MediaType{}
	for _, m := range mediaTypes {
		content[m] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	}
	op.Responses = map[string]*huma.Response{"200": {Description: description, Content: content}}
	return op
}
