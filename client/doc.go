// Package client calls the Backtrail API from Go. It needs the standard library alone.
//
//	c, err := client.New("https://backtrail.example.com", os.Getenv("BACKTRAIL_KEY"))
//	rec, err := c.Create(ctx, "contact", client.Fields{"first_name": "Ana", "email": "ana@example.com"})
//	for e, err := range c.Events(ctx, client.Filter{Action: []string{"deleted"}}) { ... }
//
// Every call takes a context. What the server refuses is a *Problem; see [Code]. Times are UTC with microseconds;
// money and other decimals are strings, and a reference is the id of a record.
package client
