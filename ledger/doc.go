// Package ledger keeps a list of opaque leaves in a Merkle tree (RFC 6962), so that somebody who trusts neither the
// list nor its keeper can check what is in it.
//
// What is in: appending, proofs and their checks, the signing key, checkpoints. What is out: where tiles, heads and
// checkpoints are kept (the caller's: see [TileReader]), what a leaf means, when a head is signed. The arithmetic of
// the tree is that of golang.org/x/mod/sumdb/tlog, the signatures are those of golang.org/x/mod/sumdb/note.
//
// # The tree
//
// H is SHA-256. The hash of a leaf is H(0x00 || leaf). The root over leaves lo to hi-1 is, in the words of RFC 6962,
//
//	root(lo, lo)   = H("")
//	root(lo, lo+1) = the hash of leaf lo
//	root(lo, hi)   = H(0x01 || root(lo, lo+k) || root(lo+k, hi)), k the largest power of two below hi-lo
//
// and the head of a ledger of n leaves is n and root(0, n). Indexes of leaves are from 0.
//
// # Tiles
//
// Stored are tiles of height 8 (C2SP tlog-tiles). Tile N of level L holds the hashes of the complete subtrees number
// 256N, 256N+1, ... 256N+255 of 2^(8L) leaves each, 32 bytes each, without anything between them. The last tile of a
// level is narrower while the ledger has not filled it; a tile without hashes does not exist. Level 0 holds the hashes
// of the leaves. A level has tiles once there are 2^(8L) leaves. Subtrees that are not complete are in no tile: they
// follow from the tiles at the right edge, one a level. What is once in a tile never changes.
//
// # Checkpoints
//
// A checkpoint (C2SP tlog-checkpoint) is a signed note, in UTF-8:
//
//	backtrail/acme
//	3
//	rra8/idLcKFPsGel5VeCZNsPqbUa9eC6FZFY8yngbnc=
//
//	— backtrail/acme 0AUahbeWkPbwLPVVCiGDOXx78m6FArulrOncMb9BSEO55JGy2f3fFfq/J2zvEIjtvwTLPKFOx/bZ3vst7vaW0fA1zw0=
//
// Origin, size in decimals, root in base64; an empty line; a line for each signature with the name of its key and, in
// base64, four bytes of the key's hash and the Ed25519 signature (64 bytes) of the lines before the empty one. Lines
// between root and empty line are allowed, and ignored. The name of our key is always the origin: one key serves every
// ledger of an installation, and still a checkpoint of one cannot be used for another. The public key goes out as
// origin+hash+key, where hash is the first four bytes, in hexadecimal, of H(origin || 0x0A || 0x01 || public key), and
// key is base64(0x01 || public key).
//
// # Proofs
//
// A proof that one leaf is in the ledger (C2SP tlog-proof) is the line c2sp.org/tlog-proof@v1; perhaps a line with the
// word extra, a space and base64; a line with the word index, a space and the index; the hashes of the audit path in
// base64, a line each, from the leaf's neighbour up; an empty line; the checkpoint.
//
// # Batch proofs
//
// A batch proof shows of many leaves at once that they are in the ledger. It is made for a set of indexes and a size n.
// It is a list of hashes, those that visit(0, n) puts out, nothing for n = 0:
//
//	visit(lo, hi):
//	    if no index of the set is in lo...hi-1: put out root(lo, hi)
//	    else if hi-lo = 1:                      put out nothing: the leaf is known
//	    else, with k as above:                  visit(lo, lo+k), then visit(lo+k, hi)
//
// Who checks it takes the same way. Where hashes were put out they take the next one of the list, where a leaf is
// known its hash, and else H(0x01 || left || right) of the two parts. The list must be used up, and the result must be
// the root of a head they trust. The list says nothing about its own length or form, because the set and n fix both. It
// proves the leaves that are given, not that others are missing.
//
// # Trust
//
// Tiles, heads and checkpoints are not trusted; the key and, at the reader's, the verifier key are. Somebody who can
// write to the database but has no key can achieve this:
//
//   - Tiles changed, lost or swapped: nothing can be proved and nothing appended any more where they matter, with
//     ErrDamaged. A wrong proof does not come out: every tile is checked against the head before it is used.
//   - Hashes added at the right of a tile: nothing. They are cut off, and the next Append writes over them.
//   - The head changed: the same as tiles changed.
//   - Head and tiles changed together, to another tree that is right in itself: proofs come out, but no checkpoint of
//     theirs is signed, and Consistency with any checkpoint from before cannot be had. So whoever signs checks the new
//     head against the last checkpoint first.
//   - A checkpoint changed: its signature is wrong. One of another ledger put in its place: it has the other origin.
//   - Everything put back to an older state, checkpoint included: this cannot be seen from the database, for it was true
//     once. It is seen by everybody who has kept a later checkpoint or proof outside. That is why checkpoints must leave
//     the house.
//
// Somebody who also has the key can sign another history. Again everybody sees it who has a checkpoint of the first one,
// for both cannot be consistent.
package ledger
