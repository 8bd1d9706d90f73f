// SPDX-License-Identifier: MIT

//go:build !unix

package zinc

import "errors"

func duplicate(int) (int, error) { return -1, errors.New("no descriptors here") }
