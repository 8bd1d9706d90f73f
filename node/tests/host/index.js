// SPDX-License-Identifier: MIT
'use strict';

const path = require('node:path');

/** The addon's functions (host.c), and where its file is. */
module.exports = { ...require('./host.node'), libraryFile: path.join(__dirname, 'host.node') };
