package webhook

import (
	"testing"
	"time"
)

// The example is that of the libraries of Standard Webhooks.
func TestSign(t *testing.T) {
	header, err := Sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
		"webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="} {
		if header[name] != want {
			t.Errorf("%s is %q, want %q", name, header[name], want)
		}
	}
	for _, secret := range []string{"", "whsec_", "whsec_%"} {
		if _, err := Sign(secret, "x", time.Unix(0, 0), nil); err == nil {
			t.Errorf("it signs with %q", secret)
		}
	}
}
