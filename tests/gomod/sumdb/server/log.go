package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/tlog"
)

// A transparentLog holds records and every hash over them, in memory.
type transparentLog struct {
	records [][]byte
	modules []module.Version // of the records
	hashes  []tlog.Hash
	ids     map[module.Version]int64
}

func newLog() *transparentLog {
	return &transparentLog{ids: map[module.Version]int64{}}
}

// prefix returns a log of the first size records that can grow apart from l.
func (l *transparentLog) prefix(size int64) *transparentLog {
	copied := &transparentLog{
		records: slices.Clone(l.records[:size]),
		modules: slices.Clone(l.modules[:size]),
		hashes:  slices.Clone(l.hashes[:tlog.StoredHashCount(size)]),
		ids:     maps.Clone(l.ids),
	}
	maps.DeleteFunc(copied.ids, func(_ module.Version, id int64) bool { return id >= size })
	return copied
}

func (l *transparentLog) size() int64 { return int64(len(l.records)) }

// add appends a record and returns its number.
func (l *transparentLog) add(m module.Version, record string) (int64, error) {
	id := l.size()
	hashes, err := tlog.StoredHashes(id, []byte(record), l)
	if err != nil {
		return 0, err
	}
	l.records = append(l.records, []byte(record))
	l.modules = append(l.modules, m)
	l.hashes = append(l.hashes, hashes...)
	l.ids[m] = id
	return id, nil
}

// generate appends count records of modules that nobody has, named by their numbers.
func (l *transparentLog) generate(count int64) error {
	for range count {
		m := module.Version{Path: fmt.Sprintf("generated.example/m%d", l.size()), Version: "v1.0.0"}
		zip, mod := h1(m.Path+" zip"), h1(m.Path+" go.mod")
		if _, err := l.add(m, goSum(m, zip, mod)); err != nil {
			return err
		}
	}
	return nil
}

// tree returns the head of the first size records.
func (l *transparentLog) tree(size int64) (tlog.Tree, error) {
	if size < 0 || size > l.size() {
		return tlog.Tree{}, fmt.Errorf("no tree of %d, there are %d records", size, l.size())
	}
	hash, err := tlog.TreeHash(size, l)
	return tlog.Tree{N: size, Hash: hash}, err
}

// ReadHashes implements tlog.HashReader.
func (l *transparentLog) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, 0, len(indexes))
	for _, index := range indexes {
		if index >= int64(len(l.hashes)) {
			return nil, fs.ErrNotExist
		}
		hashes = append(hashes, l.hashes[index])
	}
	return hashes, nil
}

func goSum(m module.Version, zip, mod string) string {
	return fmt.Sprintf("%s %s %s\n%s %s/go.mod %s\n", m.Path, m.Version, zip, m.Path, m.Version, mod)
}

func h1(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "h1:" + base64.StdEncoding.EncodeToString(sum[:])
}
