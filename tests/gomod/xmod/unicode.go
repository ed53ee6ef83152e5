package main

import (
	"runtime"
	"unicode"
)

// unicodeFunctions answer for Go's tables of characters, which x/mod's rules stand on.
var unicodeFunctions = map[string]function{
	"versions": func(*arguments) (any, error) {
		return map[string]string{"go": runtime.Version(), "unicode": unicode.Version}, nil
	},
	"letters":   func(*arguments) (any, error) { return ranges(unicode.IsLetter), nil },
	"printable": func(*arguments) (any, error) { return ranges(unicode.IsPrint), nil },
	"spaces":    func(*arguments) (any, error) { return ranges(unicode.IsSpace), nil },
	"folds":     func(*arguments) (any, error) { return folds(), nil },
}

// ranges lists the first and the last of each run of characters that are in a set.
func ranges(in func(rune) bool) [][2]rune {
	var runs [][2]rune
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !in(r) {
			continue
		}
		if n := len(runs); n > 0 && runs[n-1][1] == r-1 {
			runs[n-1][1] = r
		} else {
			runs = append(runs, [2]rune{r, r})
		}
	}
	return runs
}

// folds lists each character that has a smaller one of the same fold, and the smallest.
func folds() [][2]rune {
	var pairs [][2]rune
	for r := rune(0); r <= unicode.MaxRune; r++ {
		smallest := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			smallest = min(smallest, next)
		}
		if smallest != r {
			pairs = append(pairs, [2]rune{r, smallest})
		}
	}
	return pairs
}
