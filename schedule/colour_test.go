package schedule

import "testing"

func TestColour(t *testing.T) {
	for text, want := range map[string]string{"teal": "teal", " Teal ": "teal", "#B45309": "#b45309", "#abc": "#abc",
		"": "", "#abcd": "", "teal;": "", "url(x)": "", "#12345g": "", "rgb(1,2,3)": "", "sunset": ""} {
		got, ok := Colour(text)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q is %q, %v", text, got, ok)
		}
	}
	if ColourOr("", 0) == ColourOr("sunset", 1) || ColourOr("teal", 5) != "teal" || ColourOr("", 0) != ColourOr("", len(palette)) {
		t.Error("colours of calendars without one")
	}
}
