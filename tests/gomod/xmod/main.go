// Command xmod answers for golang.org/x/mod: the Python rules are held against it.
//
// It reads one JSON array of calls a line, [["name", argument…], …], and writes one JSON array of answers a line, each
// {"ok": false} where x/mod returns an error (or panics), else {"ok": true, "value": …}. Go's strings are bytes: in
// both directions each character of a JSON string, U+0000 to U+00FF, stands for one byte.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// An answer is what became of one call.
type answer struct {
	OK    bool `json:"ok"`
	Value any  `json:"value,omitempty"`
}

// A call is one entry of a table of functions, which read their arguments in order.
type function func(*arguments) (any, error)

func main() {
	functions := map[string]function{}
	for _, table := range []map[string]function{moduleFunctions, modfileFunctions, zipFunctions, unicodeFunctions, harvestFunctions} {
		for name, f := range table {
			functions[name] = f
		}
	}
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	decoder := json.NewDecoder(lines)
	for decoder.More() {
		var calls [][]any
		if err := decoder.Decode(&calls); err != nil {
			fmt.Fprintln(os.Stderr, "xmod:", err)
			os.Exit(1)
		}
		answers := make([]answer, len(calls))
		for i, call := range calls {
			answers[i] = carryOut(functions, call)
		}
		if err := encoder.Encode(answers); err != nil {
			fmt.Fprintln(os.Stderr, "xmod:", err)
			os.Exit(1)
		}
		out.Flush()
	}
}

// carryOut calls the function that the call names first. A panic counts as an error: x/mod panics on some input that
// its documentation rules out.
func carryOut(functions map[string]function, call []any) (a answer) {
	name := call[0].(string)
	f, known := functions[name]
	if !known {
		fmt.Fprintln(os.Stderr, "xmod: unknown function", name)
		os.Exit(1)
	}
	defer func() {
		if recover() != nil {
			a = answer{}
		}
	}()
	value, err := f(&arguments{call[1:]})
	if err != nil {
		return answer{}
	}
	return answer{true, value}
}

// arguments are read one by one.
type arguments struct{ left []any }

func (a *arguments) next() any {
	first := a.left[0]
	a.left = a.left[1:]
	return first
}

func (a *arguments) str() string { return bytesOf(a.next().(string)) }

func (a *arguments) strs() []string {
	list := a.next().([]any)
	result := make([]string, len(list))
	for i, item := range list {
		result[i] = bytesOf(item.(string))
	}
	return result
}

// bytesOf makes the Go string of a string of bytes from JSON.
func bytesOf(s string) string {
	raw := make([]byte, 0, len(s))
	for _, r := range s {
		raw = append(raw, byte(r))
	}
	return string(raw)
}

// text makes the JSON string of a Go string.
func text(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

func texts(list []string) []string {
	result := make([]string, len(list))
	for i, s := range list {
		result[i] = text(s)
	}
	return result
}
