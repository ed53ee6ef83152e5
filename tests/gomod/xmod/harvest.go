package main

import (
	"go/scanner"
	"go/token"
	"os"
	"strconv"
)

// harvestFunctions find the input of x/mod's own tests.
var harvestFunctions = map[string]function{"literals": literals}

// literals lists the string literals of a Go file, in order.
func literals(a *arguments) (any, error) {
	name := a.str()
	source, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var s scanner.Scanner
	files := token.NewFileSet()
	s.Init(files.AddFile(name, files.Base(), len(source)), source, nil, 0)
	found := []string{}
	for {
		_, kind, literal := s.Scan()
		switch kind {
		case token.EOF:
			return found, nil
		case token.STRING:
			value, err := strconv.Unquote(literal)
			if err != nil {
				return nil, err
			}
			found = append(found, text(value))
		}
	}
}
