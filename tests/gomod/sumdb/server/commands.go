package main

import (
	"fmt"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/note"
)

// A command is one line of the standard input. Which fields count depends on Do.
type command struct {
	Do      string
	Path    string
	Version string
	Zip     string // h1 hashes
	Mod     string
	Size    int64
	Older   int64
	Record  int64
	Status  int
	Text    string
	Body    []byte // base64 in JSON, as in all answers
	Key     string
	Leaves  map[int64]string
	Tile    [4]int64 // H, L, N, W
}

// do carries out a command that is about the database itself.
func (d *database) do(c command) (any, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch c.Do {
	case "add":
		m := module.Version{Path: c.Path, Version: c.Version}
		return d.log.add(m, goSum(m, c.Zip, c.Mod))
	case "generate":
		return nil, d.log.generate(c.Size)
	case "size":
		return d.log.size(), nil
	case "head":
		return d.head(c.Size)
	case "sign":
		return note.Sign(&note.Note{Text: c.Text}, d.signWith)
	case "asked":
		asked := d.asked
		d.asked = []string{}
		return asked, nil

	// Lies, each until "restore".
	case "override":
		d.overrides[c.Path] = override{c.Status, c.Body}
		return nil, nil
	case "stale":
		d.headSize = c.Size
		return nil, nil
	case "rewind":
		d.log = d.log.prefix(c.Size)
		return nil, nil
	case "fork":
		return nil, d.fork(c.Size)
	case "steal":
		d.signWith = d.thief
		return nil, nil
	case "restore":
		d.restore()
		return nil, nil
	}
	return nil, fmt.Errorf("no command %q", c.Do)
}

// fork serves another history from record number size on: the same modules, other hashes.
func (d *database) fork(size int64) error {
	forked := d.log.prefix(size)
	for _, m := range d.log.modules[size:] {
		if _, err := forked.add(m, goSum(m, h1("forged zip"), h1("forged go.mod"))); err != nil {
			return err
		}
	}
	d.log = forked
	return nil
}
