package ameide

import "testing"

func TestGreetingNamesWhoIsGreeted(t *testing.T) {
	if got, want := Greeting("Ada"), "Hello, Ada, from a private module."; got != want {
		t.Errorf("Greeting(%q) = %q, want %q", "Ada", got, want)
	}
}
