package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/backtrail/backtrail/audit"
)

// The main use: a workflow put together in the page, by mouse and by keyboard, enabled, caused, seen to run and in the log,
// switched off.
func TestWorkflow(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		b := w.tabOf(owner, width)
		summary := b.css(".flow-summary")
		named := func(name string) spot { return b.css(`[name="` + name + `"]`) }
		b.open("/workflows")
		b.at("link", "New workflow").follow()
		b.at("textbox", "~Name").fill("Web leads")
		named("trigger").choose("Contact created")
		summary.says("When a new contact was made")

		b.tabTo(b.at("button", "Add a condition"))
		b.press(kb.Enter)
		b.at("group", "Condition 1").see()
		named("conditions.0.field").choose("Source")
		summary.says("if Source is")
		value := named("conditions.0.value")
		b.tabTo(value)
		b.press("Web")

		// What is written while the fields of a choice are under way stays.
		read[bool](named("name"), `function() {
			const send = XMLHttpRequest.prototype.send;
			XMLHttpRequest.prototype.send = function (...body) { XMLHttpRequest.prototype.send = send; window.arrive = () => send.apply(this, body); };
			return true; }`)
		named("steps.0.action").choose("Add a tag")
		named("name").fill("Leads")
		read[bool](named("name"), `function() { window.arrive(); return true; }`)
		named("steps.0.tag").see()
		if name := read[string](named("name"), `function() { return this.value; }`); name != "Leads" {
			t.Errorf("a late answer made the name %q", name)
		}
		named("name").fill("Web leads")
		summary.says(`if Source is "Web", then add the tag`)
		named("steps.0.tag").fill("web lead")
		// The new form takes a choice in the moment in which it is there.
		read[bool](named("name"), `function() {
			new MutationObserver((_, watch) => {
				const action = document.querySelector('[name="steps.1.action"]');
				if (!action) return;
				watch.disconnect();
				action.value = [...action.options].find(o => o.label.trim() === "Create a task").value;
				action.dispatchEvent(new Event("change", {bubbles: true}));
			}).observe(document.body, {childList: true, subtree: true});
			return true; }`)
		b.at("button", "Add a step").click()
		b.at("group", "Step 2").see()
		named("steps.1.title").fill("Call them")
		up := b.at("button", "Move step 2 up")
		b.tabTo(up)
		b.focusIsSeen()
		b.press(kb.Enter)
		summary.says(`When a new contact was made, if Source is "Web", then create the task "Call them", then add the tag "web lead".`)
		b.tabTo(b.at("checkbox", "~Enabled"))
		b.press(" ")
		b.at("button", "Create").follow()
		b.at("status", "").says(`Created the workflow "Web leads"`)
		flow := audit.RecordID(w.newest("workflow"))
		here := "/workflows/" + string(flow)
		b.waitForPath(here)
		b.at("heading", "~Web leads").says("Enabled")
		b.css("#runs").says("It has not run yet")

		b.open("/contacts/new")
		b.at("textbox", "~First name").fill("Wendy")
		b.at("textbox", "Source").fill("Web")
		b.at("button", "Create").follow()
		b.at("status", "").says("Created the contact")
		contact := audit.RecordID(w.newest("contact"))
		b.until("the workflow gave the contact its tag", func() (string, error) {
			if tags := b.record("contact", contact).Fields["tags"].Strings(); !slices.Contains(tags, "web lead") {
				return "the tags are " + strings.Join(tags, ", "), nil
			}
			return "", nil
		})

		b.open(here)
		run := b.css("#runs tbody tr")
		run.says("Done")
		run.says("2 of 2")
		run.at("link", `Created contact "Wendy"`).follow()
		b.at("heading", "~Run of Web leads").says("Done")
		first, second := b.css("ol.history > li:nth-child(1)"), b.css("ol.history > li:nth-child(2)")
		first.says(`Create the task "Call them"`)
		first.at("link", `Created task "Call them"`).see()
		second.says(`Add the tag "web lead"`)
		second.at("link", `Added the tag "web lead" to contact "Wendy"`).follow()

		// The log says who did it, and because of what.
		entry := b.css(".audit-single")
		entry.css(".actor").says("Web leads")
		entry.css(".actor").says("Workflow")
		entry.says("Cause and effect")
		entry.at("link", `~Created contact "Wendy"`).follow()
		b.at("heading", `Created contact "Wendy"`).see()

		b.open(here)
		b.at("button", "Switch off").click()
		b.at("dialog", "Switch Web leads off?").at("button", "Switch off").follow()
		b.at("status", "").says(`"Web leads" is switched off.`)
		b.at("heading", "~Web leads").says("Off")
		if b.record("workflow", flow).Fields["enabled"].Bool() {
			t.Error("it is enabled still")
		}
		b.css("#history").says(`Disabled workflow "Web leads"`)
	})
}
