// SPDX-License-Identifier: MIT
import './deno.js';

export * from './index.mjs';
export { default } from './index.mjs';
