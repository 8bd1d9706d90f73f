// SPDX-License-Identifier: MIT
// Zinc for C++17 and later: processes written in different languages work on the same bytes.
//
// The umbrella: <zinc/region.hpp> is where to start reading. The C headers (<zinc.h>,
// <zinc/region.h>) lie beside these and may be used in the same program.
#ifndef ZINC_HPP
#define ZINC_HPP

#include <zinc/error.hpp>
#include <zinc/events.hpp>
#include <zinc/region.hpp>
#include <zinc/registry.hpp>
#include <zinc/result.hpp>
#include <zinc/span.hpp>
#include <zinc/version.hpp>
#include <zinc/wait.hpp>

#endif
