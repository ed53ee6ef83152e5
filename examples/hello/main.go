// Command hello uses a private and a public module, both of which come through the registry.
package main

import (
	"fmt"

	"github.com/google/uuid"
	ameide "go.packages.dev.ameide.io/ameide-sdk-go"
)

func main() {
	fmt.Println(ameide.Greeting("Ada"))
	fmt.Println(uuid.NewSHA1(uuid.NameSpaceDNS, []byte("ameide")))
}
