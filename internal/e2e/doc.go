// Package e2e holds the tests that use the product as people do: a real browser on the real server.
//
// Each test has a world of its own: a copy of the demo's database, the whole server on a loopback port inside the test
// process, with its sealer and its background work. Its tabs each have a browser context of their own in the one browser
// of the package. A tab finds things as people and their aids do, by role and name in the accessibility tree; it waits
// for conditions, never for a time. A test fails on every console error, uncaught exception, violation of the content
// security policy, request that leaves the world's own server, and error in the server's log, unless it says that it
// expects one.
//
// The browser is Debian's chromium, or the program that the environment names in CHROMIUM. Its headless shell needs half of the
// time, but loses a tab now and then when a form is sent by a key: TestAgency waited for an answer that never came.
// When a test fails, what its tabs showed is in .artifacts/e2e. TestPages leaves the main pages, or with BACKTRAIL_PICTURES=1 all, as
// they look in .artifacts/screenshots.
package e2e
