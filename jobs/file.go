package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// ChunkSize is about how many bytes a writer should put into a chunk.
const ChunkSize = 1 << 20

// maxChunk is the most that a chunk may hold; more is a damaged one.
const maxChunk = 64 << 20

var (
	encoder = sync.OnceValue(func() *zstd.Encoder {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2),
			zstd.WithWindowSize(ChunkSize), zstd.WithLowerEncoderMem(true))
		if err != nil {
			panic("jobs: zstd: " + err.Error()) // the options are constant
		}
		return e
	})
	decoder = sync.OnceValue(func() *zstd.Decoder {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(maxChunk))
		if err != nil {
			panic("jobs: zstd: " + err.Error())
		}
		return d
	})
)

// NewChunk compresses piece as chunk n.
func NewChunk(n int, piece []byte) Chunk {
	return Chunk{N: n, Size: len(piece), Data: encoder().EncodeAll(piece, nil)}
}

// Piece is what the chunk holds.
func (c Chunk) Piece() ([]byte, error) {
	b, err := decoder().DecodeAll(c.Data, nil)
	if err == nil && len(b) != c.Size {
		err = errors.New("the size is another one")
	}
	if err != nil {
		return nil, fmt.Errorf("jobs: chunk %d is damaged: %w", c.N, err)
	}
	return b, nil
}

// PutFile writes what r gives as the file of job id and returns its size: for a file that comes with the request.
func PutFile(ctx context.Context, tx Tx, id ID, r io.Reader) (int64, error) {
	piece, size := make([]byte, ChunkSize), int64(0)
	for n := 0; ; n++ {
		k, err := io.ReadFull(r, piece)
		if k > 0 {
			if err := tx.PutChunk(ctx, id, NewChunk(n, piece[:k])); err != nil {
				return size, err
			}
			size += int64(k)
		}
		switch err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			return size, nil
		default:
			return size, err
		}
	}
}

// File reads the file of a job; it holds one chunk in memory. It is not safe for concurrent use. Its context is the
// one it was opened with.
type File struct {
	ctx     context.Context
	store   Store
	account audit.AccountID
	id      ID
	ends    []int64 // ends[n] is the offset behind chunk n
	at      int64
	n       int // the chunk in piece, -1 for none
	piece   []byte
}

// Open opens the file of a job that has ended. errs.Gone when it has expired or was removed, errs.Conflict when the job
// has not ended or has made none.
func (r *Runner) Open(ctx context.Context, j Job) (*File, error) {
	switch {
	case !j.Status.Final():
		return nil, errs.New(errs.Conflict, "not_ready", "The file is not ready yet.").WithFix("Wait until the status is done.")
	case j.Status != Done:
		return nil, errs.New(errs.Conflict, "no_file", "There is no file: the job ended as %s.", j.Status)
	case !j.HasFile || !j.ExpiresAt.IsZero() && !j.ExpiresAt.After(r.now()):
		return nil, errs.New(errs.Gone, "expired", "The file is no longer kept.").WithFix("Ask for it again.")
	}
	return OpenFile(ctx, r.Store, j.Account, j.ID)
}

// OpenFile opens the file of a job whatever its status: for a handler whose job came with a file.
func OpenFile(ctx context.Context, store Store, account audit.AccountID, id ID) (*File, error) {
	sizes, err := store.ChunkSizes(ctx, account, id)
	if err != nil {
		return nil, err
	}
	f := &File{ctx: ctx, store: store, account: account, id: id, n: -1, ends: make([]int64, len(sizes))}
	var end int64
	for i, size := range sizes {
		end += int64(size)
		f.ends[i] = end
	}
	return f, nil
}

// Size is the number of bytes of the file.
func (f *File) Size() int64 {
	if len(f.ends) == 0 {
		return 0
	}
	return f.ends[len(f.ends)-1]
}

// Read implements io.Reader.
func (f *File) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if f.at >= f.Size() {
		return 0, io.EOF
	}
	n, start := f.chunkAt(f.at)
	if n != f.n {
		c, err := f.store.Chunk(f.ctx, f.account, f.id, n)
		if errs.Is(err, errs.NotFound) {
			return 0, errs.New(errs.Gone, "expired", "The file is no longer kept.")
		}
		if err != nil {
			return 0, err
		}
		if int64(c.Size) != f.ends[n]-start {
			return 0, fmt.Errorf("jobs: chunk %d changed while it was read", n)
		}
		if f.piece, err = c.Piece(); err != nil {
			return 0, err
		}
		f.n = n
	}
	k := copy(p, f.piece[f.at-start:])
	f.at += int64(k)
	return k, nil
}

// chunkAt is the chunk that holds the byte at offset, and where that chunk starts.
func (f *File) chunkAt(offset int64) (n int, start int64) {
	n, _ = slices.BinarySearchFunc(f.ends, offset, func(end, offset int64) int {
		if end <= offset {
			return -1
		}
		return 1
	})
	if n > 0 {
		start = f.ends[n-1]
	}
	return n, start
}

// Seek implements io.Seeker.
func (f *File) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.at
	case io.SeekEnd:
		offset += f.Size()
	}
	if offset < 0 {
		return 0, errors.New("jobs: seek before the start of the file")
	}
	f.at = offset
	return offset, nil
}
