package main

import (
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// oracle answers what x/mod makes of something; handled is false for commands that are not its.
func oracle(c command) (answer any, handled bool, err error) {
	switch c.Do {
	case "parse key":
		verifier, err := note.NewVerifier(c.Key)
		if err != nil {
			return nil, true, err
		}
		return map[string]any{"Name": verifier.Name(), "ID": verifier.KeyHash()}, true, nil
	case "open note":
		text, err := openNote(c.Body, c.Key)
		return text, true, err
	case "parse head":
		tree, err := tlog.ParseTree(c.Body)
		return tree, true, err
	case "parse record":
		id, text, rest, err := tlog.ParseRecord(c.Body)
		return map[string]any{"ID": id, "Text": text, "Rest": rest}, true, err
	case "tile path":
		return tileOf(c.Tile).Path(), true, nil
	case "parse tile path":
		t, err := tlog.ParseTilePath(c.Text)
		return [4]int64{int64(t.H), int64(t.L), t.N, int64(t.W)}, true, err
	case "tile":
		data, err := tlog.ReadTileData(tileOf(c.Tile), sparseLog(c.Leaves))
		return data, true, err
	case "root":
		hash, err := tlog.TreeHash(c.Size, sparseLog(c.Leaves))
		return hash, true, err
	case "prove record":
		proof, err := tlog.ProveRecord(c.Size, c.Record, sparseLog(c.Leaves))
		return proof, true, err
	case "prove tree":
		proof, err := tlog.ProveTree(c.Size, c.Older, sparseLog(c.Leaves))
		return proof, true, err
	}
	return nil, false, nil
}

func openNote(message []byte, key string) ([]byte, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return nil, err
	}
	opened, err := note.Open(message, note.VerifierList(verifier))
	if err != nil {
		return nil, err
	}
	return []byte(opened.Text), nil
}

func tileOf(t [4]int64) tlog.Tile {
	return tlog.Tile{H: int(t[0]), L: int(t[1]), N: t[2], W: int(t[3])}
}

// A sparseLog is as long as one likes: its records are "ordinary" but for those given by number.
type sparseLog map[int64]string

// ReadHashes implements tlog.HashReader.
func (l sparseLog) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		level, n := tlog.SplitStoredHashIndex(index)
		hashes[i] = l.hash(level, n)
	}
	return hashes, nil
}

func (l sparseLog) hash(level int, n int64) tlog.Hash {
	special := false
	for record := range l {
		special = special || record>>level == n
	}
	if !special {
		return ordinary[level]
	}
	if level == 0 {
		return tlog.RecordHash([]byte(l[n]))
	}
	return tlog.NodeHash(l.hash(level-1, 2*n), l.hash(level-1, 2*n+1))
}

// ordinary holds, for each level, the hash over nothing but ordinary records.
var ordinary = func() (hashes [63]tlog.Hash) {
	hashes[0] = tlog.RecordHash([]byte("ordinary"))
	for level := range len(hashes) - 1 {
		hashes[level+1] = tlog.NodeHash(hashes[level], hashes[level])
	}
	return hashes
}()
