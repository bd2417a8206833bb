// Package durable writes small files so that they are whole or not there, also after a crash of the machine: keys,
// checkpoints.
package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Create writes a file that is not there yet, for its owner only; fs.ErrExist when it is. It links the finished file to
// its name, because a link, unlike a rename, never replaces what has that name.
func Create(path string, text []byte) error {
	temporary, err := write(path, text)
	if err != nil {
		return err
	}
	defer os.Remove(temporary)
	linked := os.Link(temporary, path)
	if linked != nil && !errors.Is(linked, fs.ErrExist) {
		return linked
	}
	// Also for the name that somebody else has just given, who may not have come this far.
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return err
	}
	return linked
}

// Replace gives a file a new text: whoever reads it finds the old one or the new one, whole. It is its owner's only.
func Replace(path string, text []byte) error {
	temporary, err := write(path, text)
	if err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return syncFolder(filepath.Dir(path))
}

// Rename gives a file another name in its folder.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(to))
}

// write makes a file with the text beside path and returns its name.
func write(path string, text []byte) (temporary string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // with mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// syncFolder makes the names in a folder durable. Windows does that itself, and refuses to sync a folder.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
