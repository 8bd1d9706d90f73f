// SPDX-License-Identifier: MIT

// [section:create]
package main

import (
	"fmt"
	"log"

	zinc "github.com/zinc-shm/zinc/go"
)

func main() {
	region, err := zinc.Create("frames", 1<<20)
	if err != nil {
		log.Fatal(err)
	}
	defer region.Close()
	copy(region.Bytes(), "hello")
	if err := region.Notify(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("press Enter to end")
	fmt.Scanln()
}

// [end:create]
