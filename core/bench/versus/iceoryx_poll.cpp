// SPDX-License-Identifier: MIT
#define VERSUS_POLL
#include "iceoryx.cpp"
