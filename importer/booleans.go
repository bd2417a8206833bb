package importer

import (
	"strings"

	"github.com/backtrail/backtrail/errs"
)

var booleans = map[string]bool{
	"yes": true, "y": true, "true": true, "t": true, "1": true, "x": true, "on": true, "✓": true, "✔": true,
	"no": false, "n": false, "false": false, "f": false, "0": false, "off": false,
}

// Bool reads yes or no. A blank cell is false; ask Blank where no value and false differ.
func Bool(cell string) (bool, error) {
	if Blank(cell) {
		return false, nil
	}
	b, ok := booleans[strings.ToLower(plain(cell))]
	if !ok {
		return false, errs.New(errs.Invalid, "invalid_boolean", "%s is neither yes nor no.", quoted(cell)).
			WithFix("Write yes or no, true or false, 1 or 0.")
	}
	return b, nil
}
