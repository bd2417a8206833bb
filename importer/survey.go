package importer

import (
	"errors"
	"io"
	"slices"

	"github.com/backtrail/backtrail/errs"
)

const (
	maxSamples     = 5
	maxSampleBytes = 200 // a longer value is of no use in a preview
)

// survey reads every record once: it names the columns, counts the rows and gathers each column's evidence.
func (f *File) survey() error {
	s, err := f.begin()
	if err != nil {
		return err
	}
	for {
		rec, err := s.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if rec.blank() {
			continue
		}
		if f.Columns == nil {
			if rec.err != nil {
				return rec.err
			}
			f.nameColumns(rec.cells)
			if !f.noHeader {
				continue
			}
		}
		f.Count++
		f.learn(f.row(rec))
	}
	switch {
	case f.Columns == nil:
		return errs.New(errs.Invalid, "empty_file", "The file is empty.").WithFix("Choose a CSV file with a header and at least one row.")
	case f.Count == 0:
		return errs.New(errs.Invalid, "no_rows", "The file has a header and no rows.").WithFix("Choose a CSV file with at least one row under the header.")
	}
	return nil
}

// learn adds a row to what is known of each column. A row with an error teaches nothing: its cells may be shifted.
func (f *File) learn(row Row) {
	for i, cell := range row.Cells {
		c := &f.Columns[i]
		cell = Clean(cell)
		if cell == "" {
			continue
		}
		c.Filled++
		c.Dates.Add(cell)
		c.Numbers.Add(cell)
		if len(c.Samples) < maxSamples && len(cell) <= maxSampleBytes && !slices.Contains(c.Samples, cell) {
			c.Samples = append(c.Samples, cell)
		}
	}
}

// DateFormat says how the dates of column i are to be read. What was asked for wins. In auto, the column decides; when
// it cannot, the other columns do if those that can agree, as one program wrote the whole file.
func (f *File) DateFormat(i int, asked DateFormat) (DateFormat, error) {
	got, err := f.Columns[i].Dates.Decide(asked)
	if errs.Code(err) != "ambiguous_dates" {
		return got, err
	}
	var agreed DateFormat
	for j := range f.Columns {
		d := &f.Columns[j].Dates
		other, otherErr := d.Decide(DateAuto)
		if j == i || !d.numeric() || otherErr != nil {
			continue
		}
		if agreed != "" && agreed != other {
			return "", err
		}
		agreed = other
	}
	if agreed == "" || !f.Columns[i].Dates.allows(agreed) {
		return "", err
	}
	return agreed, nil
}

// NumberStyle says how the numbers of column i are to be read, and whether the column itself says so. When it does not,
// the delimiter decides: programs write semicolons because the comma is taken by the decimals.
func (f *File) NumberStyle(i int) (style NumberStyle, sure bool) {
	fallback := PointDecimals
	if f.Delimiter == ';' {
		fallback = CommaDecimals
	}
	return f.Columns[i].Numbers.Decide(fallback)
}
