// SPDX-License-Identifier: MIT
// The entry of Node: all calls by the addon.
'use strict';

module.exports = require('./index.js');
