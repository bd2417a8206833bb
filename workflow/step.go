package workflow

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// Settings are the settings of a step by their key; those without a value are absent. Numbers are their digits.
type Settings map[string]string

// Step is one step.
type Step struct {
	Action   string
	Settings Settings
	Err      error  // why the settings cannot be read, nil when they can
	unread   string // those settings
}

// StepsOf reads the value of the field steps.
func StepsOf(v audit.Value) []Step {
	var out []Step
	for _, row := range crm.RowsOf(v) {
		s := Step{Action: row["action"].Text()}
		text := row["settings"].Text()
		if s.Settings, s.Err = parseSettings(text); s.Err != nil {
			s.unread = text
		}
		out = append(out, s)
	}
	return out
}

func parseSettings(text string) (Settings, error) {
	s := Settings{}
	if text == "" {
		return s, nil
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return s, errs.New(errs.Invalid, "invalid_settings", `the settings must be a JSON object such as {"tag":"vip"}.`).Because(err)
	}
	for key, value := range raw {
		var n json.Number // a number, or a text that is one
		var t string
		switch {
		case string(value) == "null":
		case json.Unmarshal(value, &t) == nil:
			s[key] = t
		case json.Unmarshal(value, &n) == nil:
			s[key] = n.String()
		default:
			return s, errs.New(errs.Invalid, "invalid_settings", "the setting %s must be a text or a number.", audit.Quote(key))
		}
		if s[key] == "" {
			delete(s, key)
		}
	}
	return s, nil
}

// Text is the settings as they are stored: in the order of the action's, numbers as numbers.
func (s Step) Text() string {
	if s.Err != nil {
		return s.unread
	}
	a, _ := ActionOf(s.Action)
	b := []byte{'{'}
	for _, setting := range a.Settings {
		value := s.Settings[setting.Key]
		if value == "" {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(audit.AppendString(b, setting.Key), ':')
		if n, err := strconv.Atoi(value); err == nil && setting.Kind == Count {
			b = strconv.AppendInt(b, int64(n), 10)
		} else {
			b = audit.AppendString(b, value)
		}
	}
	if len(b) == 1 {
		return ""
	}
	return string(append(b, '}'))
}

// StepsInput is the steps as an input of the field steps.
func StepsInput(list []Step) json.RawMessage {
	var b []byte
	for _, s := range list {
		b = appendRow(b, "action", s.Action, "settings", s.Text())
	}
	return rowsInput(b)
}

// Pause is how long a wait lasts.
func (s Step) Pause() time.Duration {
	n, _ := strconv.Atoi(s.Settings["amount"])
	unit := map[string]time.Duration{"minutes": time.Minute, "hours": time.Hour, "days": 24 * time.Hour}[s.Settings["unit"]]
	return time.Duration(n) * unit
}
