package store

import (
	"context"
	"encoding/hex"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/words"
)

// The index of words says which sealed events may hold a word. The sealer adds to it in the transaction that seals; what
// was sealed before there was an index is added behind it, a bounded step at a time. A mark for each account says how far
// it reaches; what lies behind is looked at one by one, so a search is right at every moment.
//
// It is trusted for nothing but being found by: Filter.Match looks at every event that is shown. Somebody who edits it
// hides events from searches by words, not from the log; RebuildWords makes it anew.
//
// A word of the index begins with the number of its account, so that no list of places holds those of two accounts:
//
//	7_renewal    a word
//	7.4.0a010203 an address, in hexadecimal digits: a network is the beginning of its addresses
//	7.r.0189...  a record that the event is about, by its id without the dashes
//	7.more       the event has more words than are kept, and must be looked at
//
// On SQLite it is a table of FTS5 without contents and without positions, on PostgreSQL a table with a tsvector and a GIN
// index. Phrases are checked on the events.

const (
	// wordBytes is how much of a word is kept.
	wordBytes = 40
	// eventWordBytes bounds the words of one event; PostgreSQL takes one megabyte.
	eventWordBytes = 128 << 10
	// prefixFrom is the number of letters from which a word is looked up as the beginning of others: shorter ones begin
	// too many.
	prefixFrom = 3
	// seqBits are the bits of a row's number in SQLite's index that are the seq; above them is the account's number.
	seqBits = 40
	// indexAtOnce is the number of events that one step adds, indexFor how long it goes on before the sealer has its turn.
	indexAtOnce = 500
	indexFor    = 200 * time.Millisecond
)

// wordMark is how far the index of an account reaches.
type wordMark struct{ number, upto int64 }

func scanWordMark(r row) (m wordMark, err error) { return m, r.Scan(&m.number, &m.upto) }

// wordRow is the words of one event.
type wordRow struct {
	seq   int64
	words string // with spaces between, without what they begin with
}

// wordsOf lists the words of a sealed event. One that cannot be read is looked at by every search.
func wordsOf(seq int64, body []byte) wordRow {
	e, err := audit.ParseEvent(body)
	if err != nil {
		return wordRow{seq, ".more"}
	}
	var out []string
	for w := range strings.FieldsSeq(string(audit.SearchText(e))) {
		out = append(out, "_"+kept(w))
	}
	if a, err := netip.ParseAddr(e.Context.IP); err == nil {
		out = append(out, addressWord(a.Unmap(), -1))
	}
	for _, id := range e.About() {
		if audit.ValidID(id) {
			out = append(out, recordWord(string(id)))
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	size := 0
	for i, w := range out {
		if size += len(w) + 1; size > eventWordBytes {
			out = append(out[:i:i], ".more")
			break
		}
	}
	return wordRow{seq, strings.Join(out, " ")}
}

// kept is what the index keeps of a word.
func kept(w string) string {
	if len(w) <= wordBytes {
		return w
	}
	n := wordBytes
	for w[n]&0xC0 == 0x80 { // not inside a letter
		n--
	}
	return w[:n]
}

// recordWord is the word of a record.
func recordWord(id string) string { return ".r." + strings.ReplaceAll(id, "-", "") }

// addressWord is the word of an address, or of the network with the first bits of it, as many whole digits as they give.
func addressWord(a netip.Addr, bits int) string {
	family := ".4."
	if a.Is6() {
		family = ".6."
	}
	digits := hex.EncodeToString(a.AsSlice())
	if bits >= 0 {
		digits = digits[:bits/4]
	}
	return family + digits
}

// numbered puts what the words of an account begin with before each of them.
func (r wordRow) numbered(number int64) string {
	n := strconv.FormatInt(number, 10)
	if r.words == "" {
		return ""
	}
	return n + strings.ReplaceAll(r.words, " ", " "+n)
}

// wordNumber is the number of an account, which it gets when it has none.
func (db *DB) wordNumber(ctx context.Context, account audit.AccountID) (int64, error) {
	if n, ok := db.wordNumbers.Load(account); ok {
		return n.(int64), nil
	}
	var m wordMark
	var found bool
	look := func(c conn) (err error) {
		m, found, err = one(ctx, c, scanWordMark, "SELECT number, upto FROM word_marks WHERE account = $1", account)
		return err
	}
	err := db.read(ctx, of(account), look)
	if err == nil && !found {
		err = db.writeBy(ctx, db.sealing, everyone, func(c *writeConn) error {
			if err := c.hold(ctx, "word numbers"); err != nil {
				return err
			}
			if err := look(c); err != nil || found {
				return err
			}
			if _, err := c.exec(ctx, "INSERT INTO word_marks (account, number, upto) SELECT $1, coalesce(max(number), 0) + 1, 0 FROM word_marks", account); err != nil {
				return err
			}
			return look(c)
		})
	}
	if err != nil {
		return 0, err
	}
	db.wordNumbers.Store(account, m.number)
	return m.number, nil
}

// putWords adds the words of the events behind before, up to and with upto, if the index reaches to before and no further.
func putWords(ctx context.Context, c *writeConn, account audit.AccountID, number, before, upto int64, rows []wordRow) error {
	moved, err := c.exec(ctx, "UPDATE word_marks SET upto = $1 WHERE account = $2 AND number = $3 AND upto = $4", upto, account, number, before)
	if err != nil || moved == 0 {
		return err
	}
	return c.d.putWords(ctx, c, account, number, rows)
}

// putWordsOneByOne is the putWords of SQLite.
func putWordsOneByOne(ctx context.Context, c *writeConn, _ audit.AccountID, number int64, rows []wordRow) error {
	for _, r := range rows {
		if _, err := c.exec(ctx, "INSERT INTO event_words (rowid, words) VALUES ($1, $2)", number<<seqBits|r.seq, r.numbered(number)); err != nil {
			return err
		}
	}
	return nil
}

// putWordsTogether is the putWords of PostgreSQL. The driver of database/sql takes no lists there but as JSON.
func putWordsTogether(ctx context.Context, c *writeConn, account audit.AccountID, number int64, rows []wordRow) error {
	texts := make([]string, 0, 2*len(rows))
	for _, r := range rows {
		texts = append(texts, strconv.FormatInt(r.seq, 10), r.numbered(number))
	}
	_, err := c.exec(ctx, "INSERT INTO event_words (account, seq, words) SELECT $1, CAST(list ->> (2 * i) AS BIGINT), array_to_tsvector(array_remove(string_to_array(list ->> (2 * i + 1), ' '), '')) "+
		"FROM (SELECT CAST($2 AS JSONB) AS list) AS l, generate_series(0, $3 - 1) AS i", account, array(texts), len(rows))
	return err
}

// indexBehind adds what was sealed before the index reached so far, for a while, and reports whether more is left.
func (db *DB) indexBehind(ctx context.Context) (more bool, err error) {
	for begun := time.Now(); time.Since(begun) < indexFor; {
		account, found, err := db.unindexed(ctx)
		if err != nil || !found {
			return false, err
		}
		if err := db.indexStep(ctx, account); err != nil {
			return false, err
		}
		if db.indexed != nil {
			db.indexed()
		}
	}
	return true, nil
}

// unindexed is an account of which something sealed is not in the index.
func (db *DB) unindexed(ctx context.Context) (account audit.AccountID, found bool, err error) {
	err = db.read(ctx, everyone, func(c conn) error {
		account, found, err = one(ctx, c, scanText[audit.AccountID],
			"SELECT h.account FROM heads AS h LEFT JOIN word_marks AS m ON m.account = h.account WHERE h.size > coalesce(m.upto, 0) ORDER BY h.account LIMIT 1")
		return err
	})
	return account, found, err
}

// indexStep adds the next events of an account to its index.
func (db *DB) indexStep(ctx context.Context, account audit.AccountID) error {
	number, err := db.wordNumber(ctx, account)
	if err != nil {
		return err
	}
	var mark wordMark
	var size int64
	var rows []wordRow
	err = db.read(ctx, of(account), func(c conn) (err error) {
		if size, _, err = one(ctx, c, scanInt, "SELECT size FROM heads WHERE account = $1", account); err != nil {
			return err
		}
		if mark, _, err = one(ctx, c, scanWordMark, "SELECT number, upto FROM word_marks WHERE account = $1", account); err != nil {
			return err
		}
		rows, err = all(ctx, c, func(r row) (wordRow, error) {
			var seq int64
			var body []byte
			err := r.Scan(&seq, &body)
			return wordsOf(seq, body), err
		}, "SELECT seq, body FROM events WHERE account = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4", account, mark.upto, size, indexAtOnce)
		return err
	})
	if err != nil || mark.upto >= size {
		return err
	}
	upto := size // what is not there by then was taken away: the index does not wait for it
	if len(rows) == indexAtOnce {
		upto = rows[len(rows)-1].seq
	}
	return db.writeBy(ctx, db.sealing, of(account), func(c *writeConn) error {
		return putWords(ctx, c, account, number, mark.upto, upto, rows) // another process may have been quicker
	})
}

// IndexWords brings the index of words up to what is sealed. The sealer does so by itself, a little at a time.
func (db *DB) IndexWords(ctx context.Context) error {
	for more := true; more; {
		var err error
		if more, err = db.indexBehind(ctx); err != nil {
			return err
		}
	}
	return nil
}

// RebuildWords makes the index of words anew. Searches are right meanwhile, and slow. On PostgreSQL the role must own the
// tables.
func (db *DB) RebuildWords(ctx context.Context) error {
	err := db.writeBy(ctx, db.sealing, everyone, func(c *writeConn) error {
		_, cleared := c.exec(ctx, c.d.ClearWords)
		_, reset := c.exec(ctx, "UPDATE word_marks SET upto = 0")
		return errors.Join(cleared, reset)
	})
	if err != nil {
		return err
	}
	return db.IndexWords(ctx)
}

// wordQuery is a question to the index: a word, or others put together. The zero value asks for nothing that an event
// could have.
type wordQuery struct {
	word   string // as in the index, without the number
	begins bool   // the word may go on
	op     string // "AND" or "OR" between parts, "" for a word
	parts  []*wordQuery
}

// lookup is what every event that passes x has in the index, nil when the index says nothing about it.
func lookup(x audit.Expr) *wordQuery {
	switch x := x.(type) {
	case audit.All:
		var parts []*wordQuery
		for _, part := range x {
			parts = append(parts, lookup(part))
		}
		return allWords(parts)
	case audit.Any:
		var parts []*wordQuery
		for _, part := range x {
			parts = append(parts, lookup(part))
		}
		return anyWords(parts)
	case audit.Text:
		var parts []*wordQuery
		for _, w := range x.Words {
			parts = append(parts, beginning(w))
		}
		for _, p := range x.Phrases {
			parts = append(parts, sequence(words.List(p), false))
		}
		return allWords(parts)
	case audit.Changed:
		var parts []*wordQuery
		for _, i := range x {
			parts = append(parts, lookup(i))
		}
		return allWords(parts)
	case audit.Is:
		return lookupIs(x)
	}
	return nil
}

func lookupIs(x audit.Is) *wordQuery {
	var parts []*wordQuery
	switch x.Property {
	case audit.ByUserName, audit.ByRecordName, audit.ByField, audit.ByBefore, audit.ByAfter:
		for _, v := range x.Values {
			parts = append(parts, beginning(v))
		}
	case audit.ByIP:
		for _, v := range x.Values {
			if n, ok := audit.ParseNetwork(v); ok {
				parts = append(parts, &wordQuery{word: addressWord(n.Addr(), n.Bits()), begins: n.Bits() < n.Addr().BitLen()})
			}
		}
	case audit.ByAbout:
		for _, v := range x.Values {
			parts = append(parts, ofRecord(v))
		}
	case audit.ByFieldKey:
		for _, v := range x.Values {
			parts = append(parts, sequence(words.List(v), false))
		}
	default:
		return nil
	}
	return anyWords(parts)
}

// ofRecord is what every event about a record has in the index, nil when the index has no ids of its form.
func ofRecord(id string) *wordQuery {
	if !audit.ValidID(id) {
		return nil
	}
	return &wordQuery{word: recordWord(id)}
}

func beginning(text string) *wordQuery { return sequence(words.List(text), true) }

// sequence is words that must all be there; the last one may go on.
func sequence(list []string, goesOn bool) *wordQuery {
	var parts []*wordQuery
	for i, w := range list {
		q := &wordQuery{word: "_" + kept(w), begins: goesOn && i == len(list)-1 && !words.Alone(w)}
		if q.begins && len([]rune(w)) < prefixFrom {
			continue
		}
		parts = append(parts, q)
	}
	return allWords(parts)
}

// allWords leaves out the parts about which the index says nothing.
func allWords(parts []*wordQuery) *wordQuery {
	parts = slices.DeleteFunc(parts, func(q *wordQuery) bool { return q == nil })
	if len(parts) == 0 {
		return nil
	}
	return &wordQuery{op: "AND", parts: parts}
}

// anyWords is nil when the index says nothing about one of the parts.
func anyWords(parts []*wordQuery) *wordQuery {
	if slices.Contains(parts, nil) {
		return nil
	}
	return &wordQuery{op: "OR", parts: parts}
}

// impossible reports whether no event can have what q asks for.
func (q *wordQuery) impossible() bool {
	switch q.op {
	case "AND":
		return slices.ContainsFunc(q.parts, (*wordQuery).impossible)
	case "OR":
		return !slices.ContainsFunc(q.parts, func(p *wordQuery) bool { return !p.impossible() })
	}
	return false
}

// syntax is how a database's index is asked.
type wordSyntax struct {
	and, or string
	word    func(word string, begins bool) string
}

// text asks the index of the account with the number, and for the events that have more words than are kept.
func (q *wordQuery) text(s wordSyntax, number int64) string {
	n := strconv.FormatInt(number, 10)
	return "(" + q.part(s, n) + ")" + s.or + s.word(n+".more", false)
}

func (q *wordQuery) part(s wordSyntax, number string) string {
	if q.op == "" {
		return s.word(number+q.word, q.begins)
	}
	between := s.and
	if q.op == "OR" {
		between = s.or
	}
	var parts []string
	for _, p := range q.parts {
		if !p.impossible() { // of an OR; an AND with one is not asked
			parts = append(parts, "("+p.part(s, number)+")")
		}
	}
	return strings.Join(parts, between)
}
