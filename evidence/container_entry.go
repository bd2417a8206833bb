package evidence

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
)

// entry is one entry of a pack while it is read.
type entry struct {
	name   string
	pack   *container
	file   *zip.File
	in     io.ReadCloser
	hash   hash.Hash
	length int64
}

// open starts to read an entry, which the pack has.
func (c *container) open(name string) (*entry, error) {
	f := c.entries[name]
	in, err := f.Open()
	if err != nil {
		return nil, c.file.or(notPack("%s cannot be read (%v).", name, err))
	}
	return &entry{name: name, pack: c, file: f, in: in, hash: sha256.New()}, nil
}

// Read implements io.Reader. Its errors, but for io.EOF, are those of Check.
func (e *entry) Read(b []byte) (int, error) {
	if err := e.pack.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := e.in.Read(b)
	e.hash.Write(b[:n])
	e.length += int64(n)
	e.pack.done += int64(n)
	e.pack.progress(min(e.pack.done, e.pack.size), e.pack.size)
	switch {
	case err != nil && err != io.EOF:
		return n, e.pack.file.or(damaged("damaged_pack", "%s in the pack is damaged (%v).", e.name, err))
	case swells(uint64(e.length), e.file.CompressedSize64):
		return n, bomb(e.name)
	}
	return n, err
}

// rest reads the entry to its end.
func (e *entry) rest() error {
	_, err := io.Copy(io.Discard, e)
	return err
}

// sum is the SHA-256 of what was read, in hex.
func (e *entry) sum() string { return hex.EncodeToString(e.hash.Sum(nil)) }

func (e *entry) close() { e.in.Close() } // it only reads

// small reads a whole entry, which may not be long.
func (c *container) small(name string) (b []byte, sum string, err error) {
	e, err := c.open(name)
	if err != nil {
		return nil, "", err
	}
	defer e.close()
	if b, err = io.ReadAll(io.LimitReader(e, maxSmall+1)); err != nil {
		return nil, "", err
	}
	if len(b) > maxSmall {
		return nil, "", notPack("%s is too long.", name)
	}
	return b, e.sum(), nil
}
