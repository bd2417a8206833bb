package mail

// Persist is persist.
var Persist = persist
