package audit

// maxValueDepth is how deep the lists and objects of a value may lie in each other.
const maxValueDepth = 64

// Valid reports whether v has a form that the ledger takes: JSON without white space, its strings as AppendString
// writes them, at most 64 levels deep. A value that has not would stop its event from being sealed.
func (v Value) Valid() bool {
	return v == None || jsonEnd([]byte(v), 0, maxValueDepth) == len(v)
}

// jsonEnd returns the index behind the JSON value that starts at b[i], -1 when there is none in the form of Valid.
func jsonEnd(b []byte, i, depth int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		return stringEnd(b, i)
	case '{':
		return membersEnd(b, i, depth, '}')
	case '[':
		return membersEnd(b, i, depth, ']')
	case 't':
		return literalEnd(b, i, "true")
	case 'f':
		return literalEnd(b, i, "false")
	case 'n':
		return literalEnd(b, i, "null")
	}
	return numberEnd(b, i)
}

// membersEnd reads an object or a list, which ends with the bracket closing.
func membersEnd(b []byte, i, depth int, closing byte) int {
	if depth == 0 {
		return -1
	}
	i++
	if i < len(b) && b[i] == closing {
		return i + 1
	}
	for {
		if closing == '}' {
			if i = stringEnd(b, i); i < 0 || i >= len(b) || b[i] != ':' {
				return -1
			}
			i++
		}
		if i = jsonEnd(b, i, depth-1); i < 0 || i >= len(b) {
			return -1
		}
		if b[i] == closing {
			return i + 1
		}
		if b[i] != ',' {
			return -1
		}
		i++
	}
}

// numberEnd reads a number as RFC 8259, section 6, writes it.
func numberEnd(b []byte, i int) int {
	digits := func() bool {
		start := i
		for i < len(b) && b[i] >= '0' && b[i] <= '9' {
			i++
		}
		return i > start
	}
	at := func(set string) bool {
		if i < len(b) {
			for _, c := range []byte(set) {
				if b[i] == c {
					i++
					return true
				}
			}
		}
		return false
	}
	at("-")
	if !at("0") && !digits() {
		return -1
	}
	if at(".") && !digits() {
		return -1
	}
	if at("eE") {
		at("+-")
		if !digits() {
			return -1
		}
	}
	return i
}
