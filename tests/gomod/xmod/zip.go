package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/mod/zip"
)

var errNo = errors.New("no")

// zipFunctions answer for the packages zip and dirhash. Files and directories are passed by their paths on disk.
var zipFunctions = map[string]function{
	"check_zip":   checkZip,
	"check_files": checkFiles,
	"create":      create,
	"check_dir":   checkDir,
	"create_from_dir": func(a *arguments) (any, error) {
		m, dir, target := a.module(), a.str(), a.str()
		var zipped bytes.Buffer
		if err := zip.CreateFromDir(&zipped, m, dir); err != nil {
			return nil, err
		}
		return hashOf(target, zipped.Bytes())
	},
	"hash_zip": func(a *arguments) (any, error) {
		return dirhash.HashZip(a.str(), dirhash.Hash1)
	},
	"hash_dir": func(a *arguments) (any, error) {
		return dirhash.HashDir(a.str(), a.str(), dirhash.Hash1)
	},
	"hash1": func(a *arguments) (any, error) {
		names, contents := a.strs(), a.strs()
		return dirhash.Hash1(names, func(name string) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(contents[slices.Index(names, name)])), nil
		})
	},
}

func (a *arguments) module() module.Version { return module.Version{Path: a.str(), Version: a.str()} }

// checkZip gives the verdicts of all who read a zip: CheckZip of its directory, Unzip and HashZip of its contents.
func checkZip(a *arguments) (any, error) {
	m, file := a.module(), a.str()
	checked, err := zip.CheckZip(m, file)
	result := describeFiles(checked)
	result["checked"] = err == nil
	dir, err := os.MkdirTemp(filepath.Dir(file), "unzip")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	result["unzipped"] = zip.Unzip(dir, m, file) == nil
	hash, err := dirhash.HashZip(file, dirhash.Hash1)
	if err == nil {
		result["h1"] = hash
	}
	return result, nil
}

func checkFiles(a *arguments) (any, error) {
	checked, _ := zip.CheckFiles(a.files())
	return describeFiles(checked), nil
}

func create(a *arguments) (any, error) {
	m, target := a.module(), a.str()
	var zipped bytes.Buffer
	if err := zip.Create(&zipped, m, a.files()); err != nil {
		return nil, err
	}
	return hashOf(target, zipped.Bytes())
}

func checkDir(a *arguments) (any, error) {
	dir := a.str()
	checked, _ := zip.CheckDir(dir)
	result := describeFiles(checked)
	for _, key := range []string{"valid", "omitted", "invalid"} {
		for i, name := range result[key].([]string) {
			result[key].([]string)[i] = strings.TrimPrefix(name, text(dir)+"/")
		}
	}
	return result, nil
}

func describeFiles(checked zip.CheckedFiles) map[string]any {
	paths := func(list []zip.FileError) []string {
		result := []string{}
		for _, e := range list {
			result = append(result, text(e.Path))
		}
		return result
	}
	return map[string]any{
		"valid":     texts(checked.Valid),
		"omitted":   paths(checked.Omitted),
		"invalid":   paths(checked.Invalid),
		"too_large": checked.SizeError != nil,
	}
}

func hashOf(target string, zipped []byte) (any, error) {
	if err := os.WriteFile(target, zipped, 0o600); err != nil {
		return nil, err
	}
	return dirhash.HashZip(target, dirhash.Hash1)
}

// files reads a list of [path, kind, size, contents].
func (a *arguments) files() []zip.File {
	var files []zip.File
	for _, item := range a.next().([]any) {
		fields := &arguments{item.([]any)}
		f := file{path: fields.str(), mode: modes[fields.str()], size: int64(fields.next().(float64)), data: fields.str()}
		files = append(files, f)
	}
	return files
}

var modes = map[string]fs.FileMode{
	"file": 0, "directory": fs.ModeDir, "symlink": fs.ModeSymlink, "irregular": fs.ModeNamedPipe,
}

// A file is a zip.File and its own fs.FileInfo.
type file struct {
	path string
	mode fs.FileMode
	size int64
	data string
}

func (f file) Path() string                 { return f.path }
func (f file) Lstat() (os.FileInfo, error)  { return f, nil }
func (f file) Open() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(f.data)), nil }
func (f file) Name() string                 { return path.Base(f.path) }
func (f file) Size() int64                  { return f.size }
func (f file) Mode() fs.FileMode            { return f.mode }
func (f file) ModTime() time.Time           { return time.Time{} }
func (f file) IsDir() bool                  { return f.mode.IsDir() }
func (f file) Sys() any                     { return nil }
