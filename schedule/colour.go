package schedule

import (
	"regexp"
	"slices"
	"strings"
)

// ColourNames are the colours that a calendar can have by name; CSS has them all.
var ColourNames = []string{"black", "blue", "brown", "crimson", "fuchsia", "gold", "gray", "green", "grey", "indigo", "lime", "magenta", "maroon",
	"navy", "olive", "orange", "orchid", "pink", "purple", "red", "salmon", "silver", "tan", "teal", "tomato", "turquoise", "violet", "yellow"}

var hexColour = regexp.MustCompile(`^#([0-9a-f]{3}|[0-9a-f]{6})$`)

// Colour is a colour in the form that pages draw with; ok is whether the text is one.
func Colour(text string) (colour string, ok bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	return text, hexColour.MatchString(text) || slices.Contains(ColourNames, text)
}

// palette is for calendars that have no colour, told apart in light and in dark.
var palette = []string{"#0d7d86", "#b45309", "#6d4bc4", "#2f7d32", "#c2255c", "#2563c9", "#7a6a00", "#8a4b2f"}

// ColourOr is the colour of a text, or one of the palette for the n-th of those that have none.
func ColourOr(text string, n int) string {
	if c, ok := Colour(text); ok {
		return c
	}
	return palette[n%len(palette)]
}
