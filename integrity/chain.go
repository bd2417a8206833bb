package integrity

// run is rows of one shift, one behind the other.
type run struct {
	first, last int   // indexes into rows
	from, to    int64 // homes of the first and the last
	shift       int64
	rows        int64
	weight      int64
	best        int64 // of the heaviest chain that ends with it
	before      int   // its predecessor there, -1 for none
}

// chain chooses the rows that were left alone: those of the heaviest chain of runs whose homes ascend. home has the
// index of each row in a ledger of size leaves, -1 for none.
func chain(rows []placed, home []int64, size int) []bool {
	runs := runsOf(rows, home)
	weigh(runs)
	end := heaviest(runs, size)
	stays := make([]bool, len(rows))
	for _, r := range unswapped(runs, end) {
		for i := runs[r].first; i <= runs[r].last; i++ {
			stays[i] = home[i] >= 0
		}
	}
	return stays
}

// runsOf cuts the rows that have a home into runs. A row without one does not end a run.
func runsOf(rows []placed, home []int64) (runs []run) {
	for i, p := range home {
		if p < 0 {
			continue
		}
		shift := rows[i].seq - 1 - p
		if n := len(runs) - 1; n >= 0 && runs[n].shift == shift && runs[n].to < p {
			runs[n].last, runs[n].to = i, p
			runs[n].rows++
			continue
		}
		runs = append(runs, run{first: i, last: i, from: p, to: p, shift: shift, rows: 1, before: -1})
	}
	return runs
}

// weigh counts rows. Of runs that are equally long, one that is at home, or has the shift of others, is more likely to have
// been left alone.
func weigh(runs []run) {
	of := map[int64]int64{}
	for _, r := range runs {
		of[r.shift] += r.rows
	}
	for i := range runs {
		r := &runs[i]
		if r.weight = 2 * r.rows; r.shift == 0 || of[r.shift] > r.rows {
			r.weight++
		}
	}
}

// heaviest works out the heaviest chain and returns its last run, -1 when there is none. The chains that end below a
// home are kept in a tree of prefix maxima (Fenwick), so that a log which was shuffled whole is no trap.
func heaviest(runs []run, size int) int {
	tops := make([]int, size+1) // 1 + the run with which the heaviest chain of this stretch ends, 0 for none
	end := -1
	for i := range runs {
		r := &runs[i]
		r.best = r.weight
		for p := r.from; p > 0; p -= p & -p { // homes 0 to from-1
			if top := tops[p] - 1; top >= 0 && runs[top].best+r.weight > r.best {
				r.best, r.before = runs[top].best+r.weight, top
			}
		}
		for p := r.to + 1; p <= int64(size); p += p & -p {
			if top := tops[p] - 1; top < 0 || runs[top].best < r.best {
				tops[p] = i + 1
			}
		}
		if end < 0 || r.best > runs[end].best {
			end = i
		}
	}
	return end
}

// unswapped lists the runs of the chain that ends with end, in order, without those that are one half of two neighbours
// which changed places: the chain keeps one of the two, but both were moved.
func unswapped(runs []run, end int) (kept []int) {
	inChain := make([]bool, len(runs))
	for i := end; i >= 0; i = runs[i].before {
		inChain[i] = true
	}
	// Of two rows that changed places, home and place have the same sum.
	sums := map[int64]bool{}
	for i, r := range runs {
		if !inChain[i] && r.rows == 1 {
			sums[2*r.from+r.shift] = true
		}
	}
	shift := int64(0)
	for i, r := range runs {
		if !inChain[i] || r.rows == 1 && r.shift != shift && sums[2*r.from+r.shift] {
			continue
		}
		kept = append(kept, i)
		shift = r.shift
	}
	return kept
}
