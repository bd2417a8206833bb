package web

import "strings"

// agentWords says a user agent in words: "Firefox on Windows". "" when it is none that we know; the page shows the raw
// one beside it in any case.
func agentWords(agent string) string {
	browser, system := "", ""
	// Every browser claims to be the ones before it: the more special name stands first.
	for _, known := range []struct{ mark, name string }{
		{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"HeadlessChrome/", "Headless Chrome"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
		{"curl/", "curl"}, {"Wget/", "Wget"}, {"python-requests/", "a Python program"}, {"Go-http-client/", "a Go program"},
		{"backtrail", "the Backtrail client"},
	} {
		if strings.Contains(agent, known.mark) {
			browser = known.name
			break
		}
	}
	for _, known := range []struct{ mark, name string }{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"},
		{"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	} {
		if strings.Contains(agent, known.mark) {
			system = known.name
			break
		}
	}
	switch {
	case browser == "":
		return system
	case system == "":
		return browser
	}
	return browser + " on " + system
}
