package evidence

import "encoding/binary"

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
