package audit

import "context"

// ActorType says what kind of actor did it.
type ActorType string

// The kinds of actors.
const (
	User         ActorType = "user"
	APIKey       ActorType = "api_key"
	Workflow     ActorType = "workflow"
	Integration  ActorType = "integration"
	Customer     ActorType = "customer"
	System       ActorType = "system"
	Unattributed ActorType = "unattributed"
)

// Actor is who did it. Name and email are snapshots: the entry stays readable when the person is gone.
type Actor struct {
	Type  ActorType
	ID    ActorID // "" for system and unattributed
	Name  string
	Email string
	// OnBehalfOf is whom the actor acted as, nil for themselves. Actor stays the real person.
	OnBehalfOf *OnBehalfOf
}

// OnBehalfOf is the person somebody acted as.
type OnBehalfOf struct {
	ID   ActorID
	Name string
}

// SystemActor is Backtrail itself: expiries, retention, the command line.
func SystemActor(name string) Actor { return Actor{Type: System, Name: name} }

// Channel is the way by which an act came in.
type Channel string

// The channels.
const (
	Web             Channel = "web"
	API             Channel = "api"
	Import          Channel = "import"
	WorkflowChannel Channel = "workflow"
	Attach          Channel = "attach"
	SystemChannel   Channel = "system"
)

// Context is from where an act came. Everything in it may be empty.
type Context struct {
	IP        string
	UserAgent string // at most 512 bytes
	Session   string // id of the session or of the API key
	Request   string // id of the request
}

// Origin is what every event of an act has in common: in which account, by whom, by which way and from where.
type Origin struct {
	Account AccountID
	Actor   Actor
	Channel Channel
	Context Context
	Cause   EventID // the event that made this act happen, "" for none
}

type contextKey struct{}

// WithContext puts where a request comes from into its context; package server does it once for all surfaces.
func WithContext(ctx context.Context, c Context) context.Context {
	return context.WithValue(ctx, contextKey{}, c)
}

// ContextOf is what WithContext put there, empty when nothing did.
func ContextOf(ctx context.Context) Context {
	c, _ := ctx.Value(contextKey{}).(Context)
	return c
}
