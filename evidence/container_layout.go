package evidence

import (
	"archive/zip"
	"cmp"
	"encoding/binary"
	"slices"
)

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
	if err := plainExtra(f.Name, f.Extra); err != nil {
		return 0, err
	}
	extra, err := c.bytes(at+localSize+int64(len(f.Name)), int(le.Uint16(b[28:])))
	if err != nil {
		return 0, err
	}
	if err := plainExtra(f.Name, extra); err != nil {
		return 0, err
	}
	// What a streaming reader believes: the directory's, or nothing yet. Large files have their sizes elsewhere.
	crc, packed, unpacked := le.Uint32(b[14:]), uint64(le.Uint32(b[18:])), uint64(le.Uint32(b[22:]))
	const elsewhere = 1<<32 - 1
	streamed := f.Flags&0x8 != 0
	if streamed && (crc != 0 || packed != 0 && packed != elsewhere || unpacked != 0 && unpacked != elsewhere) ||
		!streamed && (crc != f.CRC32 || packed != f.CompressedSize64 && packed != elsewhere || unpacked != f.UncompressedSize64 && unpacked != elsewhere) {
		return 0, notPack("%s has another header than its directory says.", f.Name)
	}
	if f.CompressedSize64 > uint64(1)<<62 {
		return 0, notPack("%s is longer than the file.", f.Name)
	}
	return data + int64(f.CompressedSize64), nil
}

// plainExtra refuses what may be added to a header, but for large sizes and the time of day: some programs take the name
// of a file from there.
func plainExtra(name string, extra []byte) error {
	const zip64, timestamp = 0x0001, 0x5455
	for len(extra) > 0 {
		if len(extra) < 4 {
			return notPack("%s has a broken header.", name)
		}
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if id != zip64 && id != timestamp || len(extra) < 4+n {
			return notPack("%s has something in its header that a pack has not.", name)
		}
		extra = extra[4+n:]
	}
	return nil
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
