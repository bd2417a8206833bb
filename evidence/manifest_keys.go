package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// checkKeys refuses JSON that two readers could understand in two ways: with a key twice, or in capitals where
// encoding/json does not care, or with more behind it.
func checkKeys(b []byte) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	if err := checkObject(dec, 0); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("has more behind its end")
	}
	return nil
}

// checkObject reads one value, which at the top must be an object.
func checkObject(dec *json.Decoder, depth int) error {
	const deepest = 4
	t, err := dec.Token()
	if err != nil {
		return fmt.Errorf("cannot be read: %w", err)
	}
	open, nested := t.(json.Delim)
	if depth == 0 && open != '{' || depth > deepest {
		return errors.New("is not an object as it should be")
	}
	if !nested {
		return nil
	}
	seen := map[string]bool{}
	for dec.More() {
		if open == '{' {
			t, err := dec.Token()
			if err != nil {
				return fmt.Errorf("cannot be read: %w", err)
			}
			key := t.(string) // between objects' braces the decoder gives nothing else
			if small := strings.ToLower(key); seen[small] || depth == 0 && key != small {
				return fmt.Errorf("has the key %.40q twice, or in capitals", key)
			} else {
				seen[small] = true
			}
		}
		if err := checkObject(dec, depth+1); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return fmt.Errorf("cannot be read: %w", err)
	}
	return nil
}
