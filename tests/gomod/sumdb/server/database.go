package main

import (
	"context"
	"crypto/rand"
	"io/fs"
	"net/http"
	"strings"
	"sync"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A database serves a log as the checksum database does, at the root and under /sumdb/<name>/ as a proxy does.
type database struct {
	name   string
	key    string // of its verifiers
	signer note.Signer
	thief  note.Signer // another key of the same name

	mu        sync.Mutex
	honest    *transparentLog
	log       *transparentLog // what is served
	headSize  int64           // the tree that is signed; -1: the whole log
	signWith  note.Signer
	overrides map[string]override
	asked     []string
	handler   http.Handler // x/mod's own server, over the methods below
}

// An override is what a path answers instead of the truth.
type override struct {
	Status int
	Body   []byte
}

func newDatabase(name string) (*database, error) {
	signer, key, err := newSigner(name)
	if err != nil {
		return nil, err
	}
	thief, _, err := newSigner(name)
	if err != nil {
		return nil, err
	}
	d := &database{name: name, key: key, signer: signer, thief: thief, honest: newLog(), asked: []string{}}
	d.handler = sumdb.NewServer(d)
	d.restore()
	return d, nil
}

func newSigner(name string) (note.Signer, string, error) {
	private, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return nil, "", err
	}
	signer, err := note.NewSigner(private)
	return signer, public, err
}

// restore ends every lie.
func (d *database) restore() {
	d.log = d.honest
	d.headSize = -1
	d.signWith = d.signer
	d.overrides = map[string]override{}
}

// head returns the signed head of the log's first size records.
func (d *database) head(size int64) ([]byte, error) {
	tree, err := d.log.tree(size)
	if err != nil {
		return nil, err
	}
	return note.Sign(&note.Note{Text: string(tlog.FormatTree(tree))}, d.signWith)
}

func (d *database) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/sumdb/"+d.name)
	d.mu.Lock()
	d.asked = append(d.asked, path)
	override, overridden := d.overrides[path]
	d.mu.Unlock()
	switch {
	case overridden:
		w.WriteHeader(override.Status)
		w.Write(override.Body)
	case path == "/supported":
	default:
		r.URL.Path = path
		d.handler.ServeHTTP(w, r)
	}
}

// Signed and the methods below implement sumdb.ServerOps.
func (d *database) Signed(context.Context) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.headSize >= 0 {
		return d.head(d.headSize)
	}
	return d.head(d.log.size())
}

func (d *database) ReadRecords(_ context.Context, id, n int64) ([][]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if id+n > d.log.size() {
		return nil, fs.ErrNotExist
	}
	return d.log.records[id : id+n], nil
}

func (d *database) Lookup(_ context.Context, m module.Version) (int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	id, known := d.log.ids[m]
	if !known {
		return 0, fs.ErrNotExist
	}
	return id, nil
}

func (d *database) ReadTileData(_ context.Context, t tlog.Tile) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return tlog.ReadTileData(t, d.log)
}
