// Package server is the outer shell of the HTTP surfaces: it mounts the API and the pages on one handler, with
// everything around them that is the same for both (where a request comes from, security headers, protection against
// cross-origin writes, limits, metrics), and runs it until it is told to stop. What is out: every route but the
// health checks, and who may do what.
package server
