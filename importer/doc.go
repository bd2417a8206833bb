// Package importer reads files that people bring along, and turns their cells into clean field values.
//
// In: CSV as spreadsheets and other programs really write it (any of four delimiters, five encodings, three line
// ends), the header and what is odd about it, the dates, numbers, phones and booleans of a cell, and a guess which
// column belongs to which field. Out: what a record is and whether it is valid; that is package crm's word, and the
// glue between the two is kept in files of its own here.
//
// A file is read twice. Open goes over all of it once, and learns what a single row cannot tell: the encoding, the
// number of rows, and for each column whether 03/04/2020 is in April or in March and whether 1,054 is one or a
// thousand. Rows then yields the rows one at a time. Neither keeps more than one row in memory.
//
// Two kinds of errors are kept apart. An error from Open or from Rows concerns the file, and nothing of it can be
// used. A Row's Err, and the error of a cell's reader (Dates, Numbers, Phones), concerns that row alone.
//
// Nothing is dropped or made up in silence: what cannot be read with certainty is an error that names the row and says
// what to do.
package importer
