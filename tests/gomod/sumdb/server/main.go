// Sumdb-server is a checksum database for tests, made of golang.org/x/mod/sumdb.
//
// It serves on a free port of the loopback interface, says on the first line of its standard output where and under
// which key, and then carries out commands, one JSON object a line, until its standard input ends. The database's
// commands are in commands.go; those in oracle.go tell what x/mod makes of something, to compare other code with.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"io"
	"log"
	"net"
	"net/http"
	"os"
)

func main() {
	name := flag.String("name", "", "the database's name, host[/path]")
	flag.Parse()
	d, err := newDatabase(*name)
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go func() { log.Fatal(http.Serve(listener, d)) }()

	answers := json.NewEncoder(os.Stdout)
	answers.Encode(map[string]string{"URL": "http://" + listener.Addr().String(), "Key": d.key})
	commands := json.NewDecoder(bufio.NewReader(os.Stdin))
	for {
		var c command
		if err := commands.Decode(&c); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		answer, handled, err := oracle(c)
		if !handled {
			answer, err = d.do(c)
		}
		if err != nil {
			answers.Encode(map[string]string{"Error": err.Error()})
		} else {
			answers.Encode(map[string]any{"Answer": answer})
		}
	}
}
