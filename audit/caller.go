package audit

// Caller is who calls a domain function: the origin that the events will carry, and what they may do.
type Caller struct {
	Origin
	Role        string // owner, admin, member or agency
	Permissions map[Permission]bool
}

// May reports whether the caller has the permission.
func (c Caller) May(p Permission) bool { return c.Permissions[p] }

// OnlyAssigned reports whether the caller sees just the records that are assigned to them.
func (c Caller) OnlyAssigned() bool { return c.Permissions[RecordsOnlyAssigned] }

// Self is whose records "mine" means: whom the actor acts as, or the actor.
func (c Caller) Self() ActorID {
	if c.Actor.OnBehalfOf != nil {
		return c.Actor.OnBehalfOf.ID
	}
	return c.Actor.ID
}
