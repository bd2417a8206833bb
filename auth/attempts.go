package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// How often a password may be wrong. The counters are in the store, because several servers may share it.
const (
	AttemptWindow  = 15 * time.Minute
	EmailAttempts  = 5  // in the window, for each email, known or not
	IPAttempts     = 30 // in the window, for each address (each /64 network of IPv6)
	recordedBeyond = 10 // refused attempts of a window that are still counted and recorded; the rest writes nothing
)

// bucket is a counter with its limit.
type bucket struct {
	name  string
	limit int
	// patient buckets do not count what another one has refused: whoever is refused by address must not be able to
	// lock the emails of others.
	patient bool
}

// bucketsFor lists the counters of an attempt; an email or address that is "" has none.
func bucketsFor(email, ip string) []bucket {
	var buckets []bucket
	if email != "" {
		buckets = append(buckets, bucket{"email:" + email, EmailAttempts, true})
	}
	if ip != "" {
		buckets = append(buckets, bucket{"ip:" + audit.Network(ip), IPAttempts, false})
	}
	return buckets
}

// verdict is what the counters say to an attempt.
type verdict struct {
	wait   time.Duration // 0 lets it pass
	record bool          // whether a refused one is to be recorded
}

// countAttempt counts an attempt as failed before the password is looked at, so that guesses in parallel cannot pass
// together; forgive takes it back.
func (s *Service) countAttempt(ctx context.Context, buckets []bucket) (verdict, error) {
	var v verdict
	err := s.store.WriteAuth(ctx, func(tx Tx) error {
		v = verdict{}
		now := s.recorder.Now()
		counters := make([]Attempts, len(buckets))
		for i, b := range buckets {
			a, err := tx.Attempts(ctx, b.name)
			if err != nil {
				return err
			}
			end := a.Since.Add(AttemptWindow)
			if a.Failures == 0 || !now.Before(end) {
				a = Attempts{Bucket: b.name, Since: now}
			}
			if a.Failures >= b.limit {
				v.wait = max(v.wait, end.Sub(now))
			}
			counters[i] = a
		}
		v.record = v.wait > 0
		for i, b := range buckets {
			a := counters[i]
			if a.Failures >= b.limit+recordedBeyond {
				v.record = false
				continue
			}
			if v.wait > 0 && a.Failures < b.limit && b.patient {
				continue
			}
			a.Failures++
			if err := tx.PutAttempts(ctx, a); err != nil {
				return err
			}
		}
		return nil
	})
	return v, err
}

// forgive empties the email's counter after a right password, and takes back this attempt from the address's. The
// address keeps its other failures: its user may know one password and guess at others.
func forgive(ctx context.Context, tx Tx, buckets []bucket) error {
	for _, b := range buckets {
		a, err := tx.Attempts(ctx, b.name)
		if err != nil {
			return err
		}
		a.Bucket = b.name
		if b.patient {
			a.Failures = 0
		} else {
			a.Failures = max(a.Failures-1, 0)
		}
		if err := tx.PutAttempts(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

const retryAfter = "retry_after"

func tooManyAttempts(wait time.Duration) error {
	seconds := int((wait + time.Second - 1) / time.Second)
	e := errs.New(errs.TooMany, "too_many_attempts", "There were too many failed attempts.").WithFix("Try again in %s.", inWords(seconds))
	e.Extra = map[string]any{retryAfter: seconds}
	return e
}

// RetryAfter is how long the caller of a too_many_attempts error has to wait, in whole seconds; 0 for other errors.
func RetryAfter(err error) time.Duration {
	if err == nil {
		return 0
	}
	seconds, _ := errs.Of(err).Extra[retryAfter].(int)
	return time.Duration(seconds) * time.Second
}

func inWords(seconds int) string {
	switch minutes := (seconds + 59) / 60; {
	case seconds == 1:
		return "1 second"
	case seconds < 60:
		return fmt.Sprintf("%d seconds", seconds)
	case minutes == 1:
		return "1 minute"
	default:
		return fmt.Sprintf("%d minutes", minutes)
	}
}
