package evidence

import (
	"archive/zip"
	"cmp"
	"context"
	"encoding/binary"
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

// directory finds the directory of entries, which must fill the file up to its end, and returns where it starts. It is
// looked at before package zip reads all of it into memory.
func (c *container) directory(size int64) (start int64, err error) {
	const endSize, endMark = 22, 0x06054b50
	if size < endSize {
		return 0, notPack("it has %d bytes.", size)
	}
	b, err := c.bytes(size-endSize, endSize)
	if err != nil {
		return 0, err
	}
	le := binary.LittleEndian
	if le.Uint32(b) != endMark || le.Uint16(b[20:]) != 0 {
		return 0, notPack("it does not end as a ZIP file does. It may have been cut off, or there is something behind it.")
	}
	count, length, start, end := uint64(le.Uint16(b[10:])), uint64(le.Uint32(b[12:])), int64(le.Uint32(b[16:])), size-endSize
	if count == 0xffff || length == 0xffffffff || start == 0xffffffff {
		if count, length, start, end, err = c.directory64(end); err != nil {
			return 0, err
		}
	}
	if count > uint64(len(entries(true))) || length > maxDirectory {
		return 0, notPack("it has %d entries.", count)
	}
	if start < 0 || start > end || uint64(end-start) != length {
		return 0, notPack("its directory is not where its end says.")
	}
	return start, nil
}

// directory64 reads the second form of the end, that of files over 4 GiB, which stands before the first one at end.
func (c *container) directory64(end int64) (count, length uint64, start, at int64, err error) {
	const pointerSize, pointerMark, recordSize, recordMark = 20, 0x07064b50, 56, 0x06064b50
	wrong := notPack("its end contradicts itself.")
	at = end - pointerSize - recordSize
	if at < 0 {
		return 0, 0, 0, 0, wrong
	}
	b, err := c.bytes(at, recordSize+pointerSize)
	if err != nil {
		return 0, 0, 0, 0, err
	}
	le := binary.LittleEndian
	pointer := b[recordSize:]
	if le.Uint32(b) != recordMark || le.Uint64(b[4:]) != recordSize-12 || le.Uint32(pointer) != pointerMark || le.Uint64(pointer[8:]) != uint64(at) {
		return 0, 0, 0, 0, wrong
	}
	offset := le.Uint64(b[48:])
	if offset > uint64(at) {
		return 0, 0, 0, 0, wrong
	}
	return le.Uint64(b[32:]), le.Uint64(b[40:]), int64(offset), at, nil
}

// layout checks that the entries lie one behind the other from the first byte to the directory, and are called in front
// of each what the directory calls it: every program that unpacks the file shows what was checked.
func (c *container) layout(directory int64) error {
	type place struct {
		*zip.File
		data int64
	}
	var files []place
	for _, f := range c.entries {
		data, err := f.DataOffset()
		if err != nil {
			return notPack("%s is not where its directory says.", f.Name)
		}
		files = append(files, place{f, data})
	}
	slices.SortFunc(files, func(a, b place) int { return cmp.Compare(a.data, b.data) })
	at := int64(0)
	for i, f := range files {
		end, err := c.local(f.File, at, f.data)
		if err != nil {
			return err
		}
		next := directory
		if i+1 < len(files) {
			next = files[i+1].data
		}
		if end > next {
			return notPack("%s overlaps what follows it.", f.Name)
		}
		if at, err = c.behind(f.File, end, directory); err != nil {
			return err
		}
	}
	if at != directory {
		return notPack("there is something between its entries and its directory.")
	}
	return nil
}

const localSize, localMark = 30, 0x04034b50

// local compares the header in front of an entry with the directory, and returns where the entry's bytes end.
func (c *container) local(f *zip.File, at, data int64) (end int64, err error) {
	b, err := c.bytes(at, localSize+len(f.Name))
	if err != nil {
		return 0, err
	}
	le := binary.LittleEndian
	if le.Uint32(b) != localMark || le.Uint16(b[6:]) != f.Flags || le.Uint16(b[8:]) != f.Method ||
		int(le.Uint16(b[26:])) != len(f.Name) || string(b[localSize:]) != f.Name ||
		at+localSize+int64(len(f.Name))+int64(le.Uint16(b[28:])) != data {
		return 0, notPack("%s has another header than its directory says.", f.Name)
	}
	if f.CompressedSize64 > uint64(1)<<62 {
		return 0, notPack("%s is longer than the file.", f.Name)
	}
	return data + int64(f.CompressedSize64), nil
}

// behind returns where the next header or the directory starts, behind the sizes of a streamed entry, which have four forms.
func (c *container) behind(f *zip.File, end, directory int64) (int64, error) {
	lengths := []int64{0}
	if f.Flags&0x8 != 0 {
		lengths = []int64{24, 16, 20, 12}
	}
	for _, n := range lengths {
		if end+n == directory {
			return directory, nil
		}
		if end+n+localSize > directory {
			continue
		}
		b, err := c.bytes(end+n, 4)
		if err != nil {
			return 0, err
		}
		if binary.LittleEndian.Uint32(b) == localMark {
			return end + n, nil
		}
	}
	return 0, notPack("there is something behind %s.", f.Name)
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
