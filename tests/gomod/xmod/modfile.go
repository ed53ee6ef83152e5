package main

import (
	"encoding/json"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// modfileFunctions answer for the package modfile, and for how cmd/go reads a .info.
var modfileFunctions = map[string]function{
	"module_path": func(a *arguments) (any, error) { return text(modfile.ModulePath([]byte(a.str()))), nil },
	"parse_mod":   parse(modfile.Parse),
	"parse_lax":   parse(modfile.ParseLax),
	"parse_info":  parseInfo,
}

func parse(f func(string, []byte, modfile.VersionFixer) (*modfile.File, error)) function {
	return func(a *arguments) (any, error) {
		file, err := f("go.mod", []byte(a.str()), nil)
		if err != nil {
			return nil, err
		}
		return describe(file), nil
	}
}

// describe gives everything that a go.mod says, in the order of the file.
func describe(f *modfile.File) map[string]any {
	d := map[string]any{"module": "", "deprecated": "", "go": "", "toolchain": ""}
	if f.Module != nil {
		d["module"], d["deprecated"] = text(f.Module.Mod.Path), text(f.Module.Deprecated)
	}
	if f.Go != nil {
		d["go"] = text(f.Go.Version)
	}
	if f.Toolchain != nil {
		d["toolchain"] = text(f.Toolchain.Name)
	}
	d["godebug"] = each(f.Godebug, func(g *modfile.Godebug) any { return []string{text(g.Key), text(g.Value)} })
	d["require"] = each(f.Require, func(r *modfile.Require) any { return append(pair(r.Mod), r.Indirect) })
	d["exclude"] = each(f.Exclude, func(e *modfile.Exclude) any { return pair(e.Mod) })
	d["replace"] = each(f.Replace, func(r *modfile.Replace) any { return append(pair(r.Old), pair(r.New)...) })
	d["retract"] = each(f.Retract, func(r *modfile.Retract) any {
		return []string{text(r.Low), text(r.High), text(r.Rationale)}
	})
	d["tool"] = each(f.Tool, func(t *modfile.Tool) any { return text(t.Path) })
	d["ignore"] = each(f.Ignore, func(i *modfile.Ignore) any { return text(i.Path) })
	return d
}

func each[T any](list []T, describe func(T) any) []any {
	result := []any{}
	for _, item := range list {
		result = append(result, describe(item))
	}
	return result
}

func pair(m module.Version) []any { return []any{text(m.Path), text(m.Version)} }

// parseInfo reads a .info into fields of the names and types that cmd/go's RevInfo and Origin have.
func parseInfo(a *arguments) (any, error) {
	var info struct {
		Version string
		Time    time.Time
		Origin  *struct{ VCS, URL, Subdir, Hash, TagPrefix, TagSum, Ref, RepoSum string }
	}
	if err := json.Unmarshal([]byte(a.str()), &info); err != nil {
		return nil, err
	}
	var origin []string
	if o := info.Origin; o != nil {
		origin = texts([]string{o.VCS, o.URL, o.Subdir, o.Hash, o.TagPrefix, o.TagSum, o.Ref, o.RepoSum})
	}
	moment := info.Time.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
	return map[string]any{"version": text(info.Version), "time": moment, "origin": origin}, nil
}
