"""The rules of Go modules as golang.org/x/mod states them: pure functions over values and given files."""
