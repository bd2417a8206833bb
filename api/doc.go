// Package api is the HTTP API under /api/v1: the same domain calls as the pages make, as JSON.
//
// What is in: the routes with their OpenAPI 3.1 document (made by huma from the Go types, committed as openapi.json),
// who calls, the checks of what comes in, the forms of what goes out, and the one adapter that turns errors into
// problem documents. What is out: every rule of the product (packages crm, audit, restore, export, auth).
//
// Events leave as the bytes that were stored, with what is known about them now (seq, restore) put in front.
package api
