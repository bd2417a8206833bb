package publish

// For the tests on databases, which cannot be in the package: the store imports it.

// SendDue is one look of Service.Run.
var SendDue = (*Service).sendDue
