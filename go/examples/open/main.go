// SPDX-License-Identifier: MIT

// [section:open]
package main

import (
	"fmt"
	"log"

	zinc "github.com/zinc-shm/zinc/go"
)

func main() {
	region, err := zinc.Open("frames")
	if err != nil {
		log.Fatal(err)
	}
	defer region.Close()
	told, err := region.Wait(1000) // milliseconds
	if err != nil {
		log.Fatal(err)
	}
	if told {
		fmt.Println(string(region.Bytes()[:5]))
	}
}

// [end:open]
