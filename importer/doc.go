// Package importer reads files that people bring along, and turns their cells into clean field values.
//
// In: CSV as spreadsheets and other programs really write it (any of four delimiters, five encodings, three line
// ends), the header and what is odd about it, the dates, numbers, phones and booleans of a cell, and a guess which
// column belongs to which field; and Service, which makes records of the rows through crm.Engine, as one operation. Out:
// what a record is and whether it is valid; that is package crm's word.
//
// A file is read twice. Open goes over all of it once, and learns what a single row cannot tell: the encoding, the
// number of rows, and for each column whether 03/04/2020 is in April or in March and whether 1,054 is one or a
// thousand. Rows then yields the rows one at a time. Neither keeps more than one row in memory.
//
// Two kinds of errors are kept apart. An error from Open or from Rows concerns the file, and nothing of it can be
// used. A Row's Err, and the error of a cell's reader (Dates, Numbers, Phones), concerns that row alone.
//
// Service (the files service_*.go) imports a file in one transaction. Row by row it reads the cells, finds the record that
// the row updates, finds what the row refers to, and writes; a row in which anything is wrong is reported and leaves
// nothing behind, not even a record that would have been made for it. A row that refers to one of its own object further
// down in the file (a company to its parent) waits until that one is there.
//
// Nothing is dropped or made up in silence: what cannot be read with certainty is an error that names the row and says
// what to do.
package importer
