package workspace

import (
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/modules"
)

// SumInvoice is what the fields of an invoice come to, part by part.
func SumInvoice(fields map[string]audit.Value) modules.InvoiceSums { return modules.SumInvoice(fields) }

// LeftOfPayment is how much of a payment can still be given back.
func LeftOfPayment(fields map[string]audit.Value) string { return modules.LeftOfPayment(fields) }

// AddMoney adds two amounts, exactly; "" is nothing.
func AddMoney(a, b string) string { return modules.AddMoney(a, b) }
