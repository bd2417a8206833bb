package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// people has one row that can be imported as it is, one without its optional birthday, and one whose email is none.
const people = "First name,Surname,E-mail,Town\r\n" +
	"Agnes,Lorimer,agnes@lorimer.test,Perth\r\n" +
	"Basil,Mott,not an email,Ayr\r\n" +
	"Clara,Nairn,clara@nairn.test,\"Fort William\"\r\n"

func TestImport(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		file := filepath.Join(folderFor(t), "people.csv")
		if err := os.WriteFile(file, []byte(people), 0o600); err != nil {
			t.Fatal(err)
		}
		b := w.tabOf(owner, width)
		files := b.downloads()
		b.open("/contacts")
		b.at("link", "Import").follow()
		b.css("#f-object").choose("Contacts")
		b.css("#f-file").upload(file)
		b.at("button", "Continue").follow()

		b.says("people.csv")
		for column, field := range map[string]string{"First name": "First name", "Surname": "Last name", "E-mail": "Email", "Town": "City"} {
			guess := read[string](b.row(column).css("select"), `function() { return this.selectedOptions[0].label.trim(); }`)
			if guess != field {
				t.Errorf("the column %s is guessed to be %q", column, guess)
				b.row(column).css("select").choose(field)
			}
		}
		b.at("checkbox", "~Import a row without").click() // a row that is wrong shall stay out
		b.at("button", "Check the file").follow()
		b.says("Nothing has changed yet")
		b.row("Email").says("3")
		if n := len(js[[]string](b, `[...document.querySelectorAll("#job section tbody tr")].map(r => r.innerText)`)); n != 1 {
			t.Errorf("the check finds %d problems, not 1", n)
		}
		b.at("link", "Download the list of problems").click()
		files.next()

		b.at("button", "Import 2 rows").follow()
		b.says("The import is done.")
		b.at("link", "Show it in the audit log").follow()
		b.css("#audit-results").says("Agnes Lorimer")
		b.css("#audit-results").says("Clara Nairn")
		b.css("#audit-results").says("Import Created")
		b.open("/contacts?q=lorimer")
		b.at("link", "Agnes Lorimer").see()
	})
}
