// Package calendar is how days lie in a time zone, and how what happens in them lies side by side.
//
// What is in: days of 23 and of 25 hours, the instants that a clock on the wall can mean, the axis on which a day is
// drawn, lanes for what happens at once. What is out: records, pages, and every rule about who may do what.
//
// The rules of time zones are those of the IANA database, through package time.
package calendar
