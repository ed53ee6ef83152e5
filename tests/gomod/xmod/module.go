package main

import (
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// moduleFunctions answer for the packages module and semver.
var moduleFunctions = map[string]function{
	"check_path":          check(module.CheckPath),
	"check_import_path":   check(module.CheckImportPath),
	"check_file_path":     check(module.CheckFilePath),
	"escape_path":         convert(module.EscapePath),
	"escape_version":      convert(module.EscapeVersion),
	"unescape_path":       convert(module.UnescapePath),
	"unescape_version":    convert(module.UnescapeVersion),
	"canonical_version":   value(module.CanonicalVersion),
	"path_major_prefix":   value(module.PathMajorPrefix),
	"pseudo_version_rev":  convert(module.PseudoVersionRev),
	"pseudo_version_base": convert(module.PseudoVersionBase),
	"zero_pseudo_version": value(module.ZeroPseudoVersion),
	"semver_canonical":    value(semver.Canonical),
	"semver_major":        value(semver.Major),
	"semver_major_minor":  value(semver.MajorMinor),
	"semver_prerelease":   value(semver.Prerelease),
	"semver_build":        value(semver.Build),
	"semver_is_valid":     func(a *arguments) (any, error) { return semver.IsValid(a.str()), nil },
	"is_pseudo_version":   func(a *arguments) (any, error) { return module.IsPseudoVersion(a.str()), nil },
	"semver_compare": func(a *arguments) (any, error) {
		return semver.Compare(a.str(), a.str()), nil
	},
	"semver_sort": func(a *arguments) (any, error) {
		list := a.strs()
		semver.Sort(list)
		return texts(list), nil
	},
	"check": func(a *arguments) (any, error) {
		return nil, module.Check(a.str(), a.str())
	},
	"check_path_major": func(a *arguments) (any, error) {
		return nil, module.CheckPathMajor(a.str(), a.str())
	},
	"split_path_version": func(a *arguments) (any, error) {
		prefix, pathMajor, ok := module.SplitPathVersion(a.str())
		if !ok {
			return nil, errNo
		}
		return []string{text(prefix), text(pathMajor)}, nil
	},
	"match_prefix_patterns": func(a *arguments) (any, error) {
		return module.MatchPrefixPatterns(a.str(), a.str()), nil
	},
	"pseudo_version": func(a *arguments) (any, error) {
		major, older, moment, rev := a.str(), a.str(), a.str(), a.str()
		t, err := time.Parse(time.RFC3339, moment)
		return text(module.PseudoVersion(major, older, t, rev)), err
	},
	"pseudo_version_time": func(a *arguments) (any, error) {
		t, err := module.PseudoVersionTime(a.str())
		return t.Format(time.RFC3339), err
	},
}

func check(f func(string) error) function {
	return func(a *arguments) (any, error) { return nil, f(a.str()) }
}

func convert(f func(string) (string, error)) function {
	return func(a *arguments) (any, error) {
		result, err := f(a.str())
		return text(result), err
	}
}

func value(f func(string) string) function {
	return func(a *arguments) (any, error) { return text(f(a.str())), nil }
}
