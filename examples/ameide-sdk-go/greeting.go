// Package ameide greets; it is here to be published, fetched and built.
package ameide

import "fmt"

// Greeting says hello to whoever is named.
func Greeting(name string) string {
	return fmt.Sprintf("Hello, %s, from a private module.", name)
}
