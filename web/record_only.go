package web

import (
	"net/http"

	"github.com/backtrail/backtrail/crm"
)

// recordOnly leads to the one record of an object of which there is one. An account that is older than the object has
// none yet: whoever may write it gets the form, filled in with what the account knows.
func (s *site) recordOnly(view *objectView) handler {
	return func(v *visit) error {
		found, _, err := s.ws.Engine.Find(v.Context(), v.caller(), crm.Query{Object: view.object, Sort: "created_at", Limit: 1})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			if err := v.mustWrite(view.object); err != nil {
				return err
			}
			texts := map[string]string{"name": v.id.Account.Name, "timezone": v.id.Account.Timezone}
			return s.showForm(v, view, nil, &submission{texts: texts}, nil)
		}
		http.Redirect(v.ResponseWriter, v.Request, view.address(found[0].ID), http.StatusSeeOther)
		return nil
	}
}
