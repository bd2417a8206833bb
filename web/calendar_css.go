package web

import (
	"fmt"
	"strings"
)

// mostLanes is how many appointments the sheet lets stand side by side.
const mostLanes = 40

// mostUnits is more than any axis has: a day of 24 hours with two more that come twice.
const mostUnits = (24 + 2) * 60 / unit

// calendarSheet is the classes that say where something stands in a grid: the pages' policy forbids style attributes.
// at-N and for-N are its top and its height in units; lane-N, lanes-N and wide-N its lane, how many there are, and over
// how many it reaches; tall-N is the height of a day.
func calendarSheet() []byte {
	var b strings.Builder
	for n := range mostUnits + 1 {
		fmt.Fprintf(&b, ".at-%[1]d{--at:%[1]d}.for-%[1]d{--for:%[1]d}", n)
		if n*unit%60 == 0 && n*unit >= 24*60 {
			fmt.Fprintf(&b, ".tall-%[1]d{--tall:%[1]d}", n)
		}
	}
	for n := range mostLanes + 1 {
		fmt.Fprintf(&b, ".lane-%[1]d{--lane:%[1]d}.lanes-%[1]d{--lanes:%[1]d}.wide-%[1]d{--wide:%[1]d}", n)
	}
	return []byte(b.String())
}
