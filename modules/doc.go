// Package modules holds the built-in objects and event types, as data: one file for each module. All assembles them
// into the schema that the engine works on and the catalog that the recorder writes from.
package modules
