package evidence

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"

	"github.com/backtrail/backtrail/errs"
)

// The limits of what is read. A pack within them can keep the checker busy for a while, but needs no memory of it.
const (
	maxDirectory = 8 << 10  // bytes of the directory at the end of the file
	maxTotal     = 64 << 30 // bytes of all entries together, unpacked
	maxRatio     = 1000     // how many times longer an entry may be unpacked, once it is
	freeOfRatio  = 10 << 20 // this long
	maxSmall     = 1 << 20  // bytes of an entry that is read whole
)

// container is the file of a pack, opened as far as needed to know that reading it does no harm.
type container struct {
	ctx      context.Context
	file     *reading
	entries  map[string]*zip.File
	size     int64 // of all entries, unpacked
	done     int64 // bytes unpacked so far
	progress func(done, total int64)
}

// damaged is the error of a file that is no pack, or not any more.
func damaged(code, format string, args ...any) *errs.Error {
	return errs.New(errs.Unverified, code, format, args...)
}

func notPack(format string, args ...any) *errs.Error {
	return damaged("not_a_pack", "This is not an evidence pack: "+format, args...)
}

// openContainer opens a pack. Whatever the file is, it reads a few kilobytes of it.
func openContainer(ctx context.Context, r io.ReaderAt, size int64, progress func(done, total int64)) (*container, error) {
	c := &container{ctx: ctx, file: &reading{r: r}, entries: map[string]*zip.File{}, progress: progress}
	directory, err := c.directory(size)
	if err != nil {
		return nil, c.file.or(err)
	}
	z, err := zip.NewReader(c.file, size)
	if err != nil {
		return nil, c.file.or(notPack("its directory cannot be read (%v).", err))
	}
	for _, f := range z.File {
		if err := c.add(f); err != nil {
			return nil, err
		}
	}
	for _, name := range entries(false) {
		if c.entries[name] == nil {
			return nil, notPack("it has no %s.", name)
		}
	}
	return c, c.file.or(c.layout(directory))
}

// add takes an entry as far as the directory tells of it.
func (c *container) add(f *zip.File) error {
	const streamed, hints, utf8 = 0x8, 0x6, 0x800
	switch {
	case !slices.Contains(entries(true), f.Name):
		return notPack("it has an entry %.60q.", f.Name)
	case c.entries[f.Name] != nil:
		return notPack("it has %s twice.", f.Name)
	case f.Mode()&fs.ModeType != 0:
		return notPack("%s is not a plain file in it.", f.Name)
	case f.Method != zip.Store && f.Method != zip.Deflate || f.Flags&^(streamed|hints|utf8) != 0:
		return notPack("%s is packed in a way that this program does not read.", f.Name)
	case f.UncompressedSize64 > maxTotal || f.UncompressedSize64+uint64(c.size) > maxTotal:
		return damaged("too_large", "The pack is too large: it has more than %d GiB unpacked.", int64(maxTotal)>>30)
	case swells(f.UncompressedSize64, f.CompressedSize64):
		return bomb(f.Name)
	}
	c.size += int64(f.UncompressedSize64)
	c.entries[f.Name] = f
	return nil
}

// swells reports whether so many bytes are too many for so many packed ones.
func swells(unpacked, packed uint64) bool {
	return unpacked > freeOfRatio && unpacked/maxRatio > packed
}

func bomb(name string) error {
	return damaged("zip_bomb", "%s in the pack becomes more than %d times longer when it is unpacked, as only a trap does.", name, maxRatio)
}

// bytes reads n bytes of the file.
func (c *container) bytes(at int64, n int) ([]byte, error) {
	b := make([]byte, n)
	if got, _ := c.file.ReadAt(b, at); got < n { // at the end of a file there may be an error beside all bytes
		return nil, notPack("it ends too early.")
	}
	return b, nil
}

// reading is the file, and the error with which it could not be read: package zip would take that for damage.
type reading struct {
	r   io.ReaderAt
	err error
}

func (r *reading) ReadAt(b []byte, at int64) (int, error) {
	if at < 0 {
		return 0, errors.New("evidence: a read before the start of the file")
	}
	n, err := r.r.ReadAt(b, at)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

// or is the error of the file when there is one, err otherwise.
func (r *reading) or(err error) error {
	if r.err != nil {
		return errs.New(errs.Unavailable, "file_unreadable", "The pack cannot be read.").Because(r.err)
	}
	return err
}
