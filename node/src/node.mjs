// SPDX-License-Identifier: MIT
import './node.js';

export * from './index.mjs';
export { default } from './index.mjs';
