package demo

import (
	"context"
	"time"
)

// How many days before the end what is told of happens.
const (
	springDeleted   = 70 // beyond the window of sixty days
	fairDeleted     = 2
	booksRevokedDay = Days - 8
	jonasLeaves     = 21
)

// incidents are what does not happen every day.
func (h *house) incidents(day int, start time.Time) []act {
	var acts []act
	at := func(hour, minute int, do func(context.Context) error) {
		acts = append(acts, act{start.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(h.rng.IntN(59_000_000))*time.Microsecond), do})
	}
	switch ago := Days - day; ago {
	case 90:
		at(9, 12, h.found)
		at(9, 40, h.settleIn)
		at(10, 25, h.buildPipelines)
		at(11, 10, h.importFirms)
		at(11, 35, h.importGuests)
		at(14, 5, h.enterDeals)
		at(15, 20, h.openCalendars)
		at(16, 0, h.writeTemplates)
		at(16, 10, h.furnish)
	case 89:
		at(16, 20, h.defineHomes)
	case 87:
		at(15, 30, h.enterHomes)
	case 79:
		at(10, 15, h.nameHomes)
	case 65:
		at(16, 30, h.defineSamples)
	case 47:
		at(9, 15, h.askStyle)
	case 31:
		at(14, 10, h.noHold)
	case 23:
		at(10, 5, h.dropSamples)
	case 18:
		at(16, 10, h.viewingsLost)
	case 13:
		at(15, 20, h.parkingLost)
	case 43:
		at(11, 15, h.openObjects)
	case 36:
		at(9, 50, h.closeObjects)
	case 88:
		at(11, 20, h.startSpring)
	case Days - keysDay:
		at(15, 30, h.makeKeys)
	case 83:
		at(10, 50, h.mailServer)
	case 75:
		at(13, 40, h.tuneFlow)
	case 68:
		at(11, 45, h.tellWorkshop)
	case workshopOff:
		at(9, 20, h.leaveWorkshop)
	case springDeleted:
		at(12, 40, h.releaseLine)
		at(11, 20, h.deleteSpring)
	case 62:
		at(16, 10, h.tidyStages)
	case 60, 30:
		at(17, 5, h.monthlyExport)
	case 52, 26:
		at(15, 5, h.bouncedCheck)
	case 50:
		at(11, 15, h.rotateKey)
	case 37, 19:
		at(11, 30, h.voidBill)
	case 35:
		at(8, 40, h.closeShowroom)
		at(9, 5, h.calendarOff)
	case 34:
		at(8, 35, h.openShowroom)
		at(9, 10, h.calendarOn)
	case 24:
		at(14, 25, h.refund)
	case 55:
		at(3, 12, h.bruteForce)
	case 45:
		at(18, 20, h.startFair)
	case 44:
		at(10, 15, h.enterFair)
	case 41:
		at(12, 5, h.memberTriesLog)
	case 38:
		at(17, 20, h.tomaszFactor)
	case 40:
		at(9, 50, h.promoteTomasz)
	case 33:
		at(15, 45, h.bulkOwner)
	case 28:
		at(10, 40, h.trustPriya)
	case jonasLeaves:
		at(18, 40, h.jonasGoes)
	case jonasLeaves - 1:
		at(8, 31, h.jonasTries)
	case 16:
		at(11, 45, h.refundPart)
		at(12, 10, h.noteVisit)
	case 14:
		at(9, 5, h.priyaPassword)
	case 12:
		at(15, 20, h.contactLost)
		at(16, 10, h.contactFound)
	case 11:
		at(9, 20, h.priyaForgets)
	case 7:
		acts = append(acts, act{start.Add(15*time.Hour + 5*time.Minute + 20*time.Second), h.planAhead}) // no chance in it
		at(14, 10, h.tomaszPhone)
	case 10:
		at(11, 5, h.enterDouble)
	case 9:
		at(10, 35, h.mergeDouble)
		at(16, 30, h.exportJob)
	case 8:
		at(14, 50, h.revokeBooks)
	case 6:
		at(11, 30, h.bulkTag)
	case 5:
		at(10, 20, h.wrongValue)
		at(10, 45, h.undoValue)
	case 4:
		at(9, 40, h.verifyLog)
	case 3:
		at(14, 15, h.memberTriesLog)
	case fairDeleted:
		at(16, 42, h.deleteFair)
	case 1:
		at(15, 40, h.inviteTrainee)
		at(10, 5, h.standIn)
		at(11, 25, h.lookAtLog(eleanor))
	}
	for i := firstFirms; i < len(firms); i += 4 {
		if day == 5+(i-firstFirms)*4 {
			at(13, 30, func(ctx context.Context) error { return h.newFirms(ctx, sofia+i%3, i, i+4) })
		}
	}
	if start.Weekday() == time.Monday && day > 1 {
		at(8, 50, h.lookAtLog(marcus))
	}
	return acts
}
