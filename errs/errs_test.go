package errs

import (
	"errors"
	"testing"
)

func TestWhole(t *testing.T) {
	internal := errors.New("the disk is on fire")
	for _, err := range []error{nil, internal} {
		if got := Whole(err); got != err {
			t.Errorf("%v became %v", err, got)
		}
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{New(Conflict, "taken", "It is taken."), "It is taken."},
		{New(Conflict, "taken", "It is taken.").WithFix("Take %s.", "another"), "It is taken. Take another."},
		{InvalidField("email", "invalid", "The email is wrong.").WithFix("Write it anew."), "The email is wrong. Write it anew."},
		{InvalidFields([]Field{{Field: "a", Code: "invalid", Detail: "A is wrong."}, {Field: "b", Code: "invalid", Detail: "B is wrong."}}), "2 fields are not valid. A is wrong. B is wrong."},
	} {
		before := *Of(c.err)
		got := Of(Whole(c.err))
		if got.Detail != c.want || got.Fix != "" || got.Kind != before.Kind || got.Code != before.Code || len(got.Fields) != len(before.Fields) {
			t.Errorf("%+v, want the detail %q", got, c.want)
		}
		if after := Of(c.err); after.Detail != before.Detail || after.Fix != before.Fix {
			t.Errorf("it changed the error that it was given: %+v", after)
		}
	}
}
