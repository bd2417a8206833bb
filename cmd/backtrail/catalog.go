package main

import "github.com/backtrail/backtrail/modules"

type catalogCommand struct{}

// Run prints every object and event type that this program knows, in Markdown.
func (catalogCommand) Run(io streams) error { return modules.WriteDocument(io.out) }
