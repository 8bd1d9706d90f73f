// SPDX-License-Identifier: MIT

module github.com/zinc-shm/zinc/go

go 1.19
