// SPDX-License-Identifier: MIT

package zinc_test

import (
	"testing"

	zinc "github.com/zinc-shm/zinc/go"
)

func init() {
	roles["pipeline"] = func([]string) {
		region := get(zinc.Create("pipeline", 64*1024*1024))
		copy(region.Bytes(), "what the model said")
		must(region.Notify())
		say("ready")
		_, _ = region.Wait(10_000) // its own
		_, _ = region.Wait(10_000)
		must(region.Close())
	}
}

// The line that users have read, as gofmt writes it.
func TestSeedLine(t *testing.T) {
	c := start(t, "pipeline")
	c.line(t)
	region, _ := zinc.Open("pipeline")
	region.Wait(1000)
	data := region.Bytes()
	if len(data) != 64*1024*1024 || string(data[:19]) != "what the model said" {
		t.Fatal(len(data))
	}
	check(t, region.Notify())
	c.ends(t)
	check(t, region.Close())
}
