package export

import (
	"errors"
	"io"

	"github.com/backtrail/backtrail/jobs"
)

// blocks reads a job's file at any place. A pack is read at three places by turns, and a job's file holds one chunk
// of a megabyte at a time, so the last few are kept.
type blocks struct {
	file *jobs.File
	kept []block // the one that was used last comes last
}

type block struct {
	n int64
	b []byte
}

const (
	blockSize  = 256 << 10
	blocksKept = 8
)

func newBlocks(file *jobs.File) *blocks { return &blocks{file: file} }

// ReadAt implements io.ReaderAt, for one goroutine.
func (s *blocks) ReadAt(p []byte, at int64) (n int, err error) {
	for n < len(p) {
		b, err := s.block((at + int64(n)) / blockSize)
		if err != nil {
			return n, err
		}
		from := (at + int64(n)) % blockSize
		if from >= int64(len(b)) {
			return n, io.EOF
		}
		n += copy(p[n:], b[from:])
	}
	return n, nil
}

// block returns block number n: shorter than the others at the end of the file, and empty behind it.
func (s *blocks) block(n int64) ([]byte, error) {
	for i, k := range s.kept {
		if k.n == n {
			s.kept = append(append(s.kept[:i], s.kept[i+1:]...), k)
			return k.b, nil
		}
	}
	var buf []byte
	if len(s.kept) == blocksKept {
		buf = s.kept[0].b
		s.kept = s.kept[1:]
	}
	if cap(buf) < blockSize {
		buf = make([]byte, blockSize)
	}
	if _, err := s.file.Seek(n*blockSize, io.SeekStart); err != nil {
		return nil, err
	}
	got, err := io.ReadFull(s.file, buf[:blockSize])
	if err != nil && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	s.kept = append(s.kept, block{n, buf[:got]})
	return buf[:got], nil
}
