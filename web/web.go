// Package web is the pages: server-rendered HTML over the services of a workspace.
//
// What is in: routes, page structs, templates, forms, the session's cookie, the static files. What is out: security
// headers and the protection against cross-origin writes (package server), SQL, and every rule about what may be
// done: those stand in the services, which the API (package api) calls as well.
//
// A page is a struct that embeds [Base] and a file of the same name under templates. A handler takes a *visit and
// returns an error; see [site.page]. Pages are whole without a script; app.js and htmx make them quicker.
package web

import (
	"net/http"
	"sync"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/workspace"
)

// Options are what an installation decides about its pages.
type Options struct {
	Version string // of the program, at the foot of the navigation
	// SupportContact is whom people are told to ask for what only the operator can do; may be empty.
	SupportContact string
	// LoginHint is a line under the login form (the demo names its logins); may be empty.
	LoginHint string
}

// site is the pages of one workspace.
type site struct {
	Options
	ws        *workspace.Workspace
	templates map[string]*pageTemplate
	views     map[string]*objectView // of the built-in objects, as they are without custom fields
	files     *staticFiles
	viewsLock sync.Mutex // over viewsOf
	viewsOf   map[audit.AccountID]accountViews
}

// New returns the pages of w. It panics when a template cannot be parsed: they are part of the program.
func New(w *workspace.Workspace, o Options) http.Handler {
	s := &site{Options: o, ws: w, views: views(w.Schema), files: newStaticFiles()}
	s.templates = parseTemplates()
	return s.routes()
}

// routes is every address of the pages.
func (s *site) routes() http.Handler {
	mux := http.NewServeMux()
	open := func(pattern string, h handler) { mux.Handle(pattern, s.open(h)) }
	page := func(pattern string, h handler) { mux.Handle(pattern, s.page(h)) }

	// Static files.
	mux.Handle("GET /static/", s.files)

	// Coming and going.
	open("GET /login", s.login)
	open("POST /login", s.loginSubmit)
	open("GET /login/code", s.loginCode)
	open("POST /login/code", s.loginCodeSubmit)
	open("GET /login/forgotten", s.forgotten)
	open("POST /login/forgotten", s.forgottenSubmit)
	open("GET /login/password", s.newPassword)
	open("POST /login/password", s.newPasswordSave)
	open("GET /invitation", s.invitation)
	open("POST /invitation", s.invitationAccept)
	page("POST /logout", s.logout)
	page("GET /{$}", s.home)
	page("POST /switch", s.switchAccount)
	page("GET /account/password", s.password)
	page("POST /account/password", s.passwordSave)
	page("GET /account/sessions", s.sessions)
	page("POST /account/sessions/{session}/end", s.sessionEnd)
	page("POST /account/sessions/end-others", s.sessionsEndOthers)
	page("GET /account/two-factor", s.twoFactor)
	page("POST /account/two-factor", s.twoFactorStart)
	page("POST /account/two-factor/confirm", s.twoFactorConfirm)
	page("POST /account/two-factor/off", s.twoFactorOff)
	page("POST /account/two-factor/codes", s.twoFactorCodes)
	page("POST /acting/end", s.actEnd)
	page("GET /keyboard", s.keyboard)

	// Records: the same pages for every object.
	for _, view := range s.views {
		switch {
		case view.object.Single:
			page("GET "+view.path, s.of(view, s.recordOnly))
		case view.part == "" && !view.ownList:
			page("GET "+view.listPath(), s.of(view, s.recordList))
			page("GET "+view.path+"/bulk", s.of(view, s.recordBulkAsk))
			page("POST "+view.path+"/bulk", s.of(view, s.recordBulk))
		}
		if !view.ownForm {
			page("GET "+view.path+"/new", s.of(view, s.recordNew))
			page("POST "+view.path, s.of(view, s.recordCreate))
			page("POST "+view.path+"/{id}", s.of(view, s.recordUpdate))
			page("GET "+view.path+"/{id}/edit", s.of(view, s.recordEdit))
		}
		if !view.ownPage {
			page("GET "+view.path+"/{id}", s.of(view, s.recordShow))
		}
		page("GET "+view.path+"/{id}/past", s.of(view, s.recordPast))
		page("POST "+view.path+"/{id}/past", s.of(view, s.recordPastRestore))
		page("GET "+view.path+"/{id}/delete", s.of(view, s.recordDeleteAsk))
		page("POST "+view.path+"/{id}/delete", s.of(view, s.recordDelete))
		if view.object.Merges {
			page("GET "+view.path+"/{id}/merge", s.of(view, s.recordMergeAsk))
			page("POST "+view.path+"/{id}/merge", s.of(view, s.recordMerge))
		}
		if view.steps != nil {
			page("POST "+view.path+"/{id}/status", s.of(view, s.recordStatus))
		}
		if view.hasTagsPart() {
			page("POST "+view.path+"/{id}/tags", s.of(view, s.recordTags))
		}
	}
	// Custom objects: the same pages, under the key of the object.
	for pattern, make := range map[string]func(*objectView) handler{
		"GET /objects/{object}": s.recordList, "GET /objects/{object}/new": s.recordNew, "POST /objects/{object}": s.recordCreate,
		"GET /objects/{object}/{id}": s.recordShow, "POST /objects/{object}/{id}": s.recordUpdate, "GET /objects/{object}/{id}/edit": s.recordEdit,
		"GET /objects/{object}/{id}/past": s.recordPast, "POST /objects/{object}/{id}/past": s.recordPastRestore,
		"GET /objects/{object}/{id}/delete": s.recordDeleteAsk, "POST /objects/{object}/{id}/delete": s.recordDelete,
		"POST /objects/{object}/{id}/tags": s.recordTags, "GET /objects/{object}/bulk": s.recordBulkAsk, "POST /objects/{object}/bulk": s.recordBulk,
	} {
		page(pattern, s.custom(make))
	}
	page("GET /history/{object}/{id}", s.recordHistory)
	page("GET /suggest", s.suggest)
	page("GET /suggest/tags", s.suggestTags)
	page("POST /tasks/{id}/completed", s.taskComplete)

	page("GET /bulk/{id}", s.bulkJob)
	page("POST /bulk/{id}/cancel", s.bulkCancel)

	// Automation.
	page("GET /workflows/new", s.workflowNew)
	page("POST /workflows", s.workflowCreate)
	page("GET /workflows/{id}", s.workflowShow)
	page("POST /workflows/{id}", s.workflowUpdate)
	page("GET /workflows/{id}/edit", s.workflowEdit)
	page("POST /workflows/{id}/enabled", s.workflowToggle)
	page("GET /workflows/{id}/runs/{run}", s.workflowRun)

	// Import.
	page("GET /import", s.importStart)
	page("POST /import", s.importUpload)
	page("GET /import/{id}", s.importMap)
	page("POST /import/{id}", s.importCheck)
	page("GET /import/{id}/{job}", s.importJob)
	page("POST /import/{id}/{job}", s.importApply)
	page("GET /import/{id}/{job}/failed", s.importFailed)

	// Settings.
	page("POST /settings/staff/{id}/status", s.staffStatus)
	page("POST /settings/staff/{id}/invitation", s.staffInvite)
	page("POST /settings/staff/{id}/password-link", s.staffPasswordLink)
	page("POST /settings/staff/{id}/two-factor/off", s.staffTwoFactorOff)
	page("POST /settings/staff/{id}/sessions/{session}/end", s.staffSessionEnd)
	page("POST /settings/staff/{id}/act", s.act)
	page("GET /settings", func(v *visit) error { return v.redirect("/settings/account", nil) })
	page("GET /settings/objects", s.objectList)
	page("POST /settings/objects", s.objectCreate)
	page("GET /settings/objects/{object}", s.objectShow)
	page("POST /settings/objects/{object}", submitted(s.definedObject, s.objectSave))
	page("GET /settings/objects/{object}/delete", s.objectDeleteAsk)
	page("POST /settings/objects/{object}/delete", submitted(s.definedObject, s.objectDelete))
	page("GET /settings/objects/{object}/fields/new", s.fieldNew)
	page("POST /settings/objects/{object}/fields", submitted(s.definedField, s.fieldSave))
	page("GET /settings/objects/{object}/fields/{field}", s.fieldEdit)
	page("POST /settings/objects/{object}/fields/{field}", submitted(s.definedField, s.fieldSave))
	page("GET /settings/objects/{object}/fields/{field}/remove", s.fieldRemoveAsk)
	page("POST /settings/objects/{object}/fields/{field}/remove", submitted(s.definedField, s.fieldRemove))
	page("GET /settings/objects/{object}/audit-log", s.objectAuditLog)
	page("GET /settings/account", s.accountSettings)
	page("POST /settings/account", s.accountSettingsSave)
	page("GET /settings/roles", s.roles)
	page("POST /settings/roles", s.rolesSave)
	page("GET /settings/api-keys", s.keys)
	page("POST /settings/api-keys", s.keyCreate)
	page("GET /settings/api-keys/{id}/revoke", s.keyRevokeAsk)
	page("POST /settings/api-keys/{id}/revoke", s.keyRevoke)
	page("GET /settings/integrations/{id}/key", s.integrationKeyAsk)
	page("POST /settings/integrations/{id}/key", s.withRecord(s.views["integration"], s.integrationKey))

	// Conversations.
	page("GET /conversations", s.conversations)
	page("GET /conversations/{id}", s.conversationShow)
	page("POST /conversations/{id}/messages", s.withRecord(s.views["conversation"], s.messageWrite))
	page("POST /conversations/{id}/log", s.withRecord(s.views["conversation"], s.messageLog))
	page("POST /conversations/{id}/star", s.withRecord(s.views["conversation"], s.conversationStar))
	page("POST /messages/{id}/send", s.withRecord(s.views["message"], s.messageSend))
	page("POST /messages/{id}/take-back", s.withRecord(s.views["message"], s.messageTakeBack))
	page("POST /settings/business-profile/test-mail", s.mailTest)

	// Payments.
	page("GET /invoices/{id}", s.invoiceShow)
	page("GET /invoices/{id}/print", s.invoicePrint)
	page("POST /invoices/{id}/payments", s.withRecord(s.views["invoice"], s.invoicePay))
	page("GET /invoices/{id}/send", s.invoiceSendAsk)
	page("POST /invoices/{id}/send", s.withRecord(s.views["invoice"], s.invoiceSend))
	page("GET /invoices/{id}/void", s.invoiceVoidAsk)
	page("POST /invoices/{id}/void", s.withRecord(s.views["invoice"], s.invoiceVoid))
	page("GET /payments/{id}/refund", s.paymentRefundAsk)
	page("POST /payments/{id}/refund", s.withRecord(s.views["payment"], s.paymentRefund))

	// Opportunities.
	page("GET /opportunities", s.board)
	page("GET /opportunities/{id}/move", s.opportunityMoveAsk)
	page("POST /opportunities/{id}/move", s.opportunityMove)
	page("POST /opportunities/{id}/status", s.opportunityStatus)
	page("GET /pipelines", s.pipelineList)
	page("POST /pipelines", s.pipelineCreate)
	page("GET /pipelines/{id}", s.pipelineShow)
	page("POST /pipelines/{id}", submitted(s.pipelineOf, s.pipelineSave))
	page("GET /pipelines/{id}/past", ofPipelines(s.recordPast))
	page("POST /pipelines/{id}/past", ofPipelines(s.recordPastRestore))
	page("GET /pipelines/{id}/delete", s.pipelineDeleteAsk)
	page("POST /pipelines/{id}/delete", s.pipelineDelete)
	page("POST /pipelines/{id}/stages", submitted(s.pipelineOf, s.stageAdd))
	page("POST /pipelines/{id}/stages/order", submitted(s.pipelineOf, s.stageOrder))
	page("POST /stages/{id}", s.stageSave)
	page("POST /stages/{id}/delete", s.stageDelete)

	// Calendars.
	page("GET "+calendarPath, s.calendarHome)
	page("GET "+calendarPath+"/{view}", s.calendarShow)
	page("POST /appointments/{id}/move", s.appointmentMove(s.views["appointment"]))

	// Audit log.
	page("GET /settings/audit-logs", s.auditLog)
	page("GET "+agencyPath, s.agencyLog)
	page("GET /settings/audit-logs/people", s.auditPeopleList)
	page("GET /settings/audit-logs/complete", s.auditComplete)
	page("GET /settings/audit-logs/{id}", s.auditPermalink)
	page("GET /settings/audit-logs/events/{id}", s.auditEvent)
	page("GET /settings/audit-logs/events/{id}/narrow", s.auditNarrow)
	page("GET /settings/audit-logs/events/{id}/newer", s.auditNewer)
	page("GET /settings/audit-logs/events/{id}/older", s.auditOlder)
	page("GET /settings/audit-logs/events/{id}/effects", s.auditEffects)
	page("GET /settings/audit-logs/operations/{id}/parts", s.auditParts)
	page("GET /settings/audit-logs/deleted", s.auditDeleted)
	page("GET "+viewsPath, s.savedViews)
	page("POST "+viewsPath, s.viewSave)
	page("POST "+viewsPath+"/{id}", s.viewUpdate)
	page("POST "+viewsPath+"/{id}/delete", s.viewDelete)
	page("GET "+alertsPath, s.alertList)
	page("POST "+alertsPath, s.alertSave)
	page("GET "+alertsPath+"/new", s.alertNew)
	page("GET "+alertsPath+"/{id}", s.alertShow)
	page("POST "+alertsPath+"/{id}", s.alertSave)
	page("POST "+alertsPath+"/{id}/enabled", s.alertToggle)
	page("POST "+alertsPath+"/{id}/test", s.alertTest)
	page("POST "+alertsPath+"/{id}/delete", s.alertDelete)
	for _, method := range []string{"GET ", "POST "} {
		page(method+"/settings/audit-logs/events/{id}/restore", s.takeBackRoute(oneEvent(false)))
		page(method+"/settings/audit-logs/operations/{id}/restore", s.takeBackRoute(oneOperation(false)))
		page(method+"/settings/audit-logs/events/{id}/undo", s.takeBackRoute(oneEvent(true)))
		page(method+"/settings/audit-logs/operations/{id}/undo", s.takeBackRoute(oneOperation(true)))
		page(method+"/settings/audit-logs/deleted/restore", s.takeBackRoute(several))
	}
	page("GET "+restoresPath+"/{id}", s.restoreJob)
	page("POST "+restoresPath+"/{id}/cancel", s.restoreCancel)
	page("GET /settings/audit-logs/events/{id}/proof", s.eventProof)
	page("GET /settings/audit-logs/integrity", s.integrity)
	page("POST /settings/audit-logs/integrity", s.verifyRequest)
	page("GET /settings/audit-logs/integrity/key", s.ledgerKey)
	page("GET /settings/audit-logs/integrity/checkpoint", s.checkpoint)
	page("POST /settings/audit-logs/integrity/targets", s.targetsSave)
	page("POST /settings/audit-logs/integrity/targets/send", s.targetsSend)
	page("GET /settings/audit-logs/integrity/{id}", s.verification)
	page("POST /settings/audit-logs/integrity/{id}/cancel", s.verifyCancel)
	page("GET /settings/audit-logs/exports", s.exports)
	page("POST /settings/audit-logs/exports", s.exportRequest)
	page("GET /settings/audit-logs/exports/{id}", s.exportOne)
	page("GET /settings/audit-logs/exports/{id}/file", s.exportFile)
	page("POST /settings/audit-logs/exports/{id}/retry", s.exportRetry)
	page("POST /settings/audit-logs/exports/{id}/anew", s.exportAnew)
	page("POST /settings/audit-logs/exports/{id}/delete", s.exportDelete)

	page("/", s.nowhere)
	return mux
}
