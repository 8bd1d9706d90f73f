// SPDX-License-Identifier: MIT
import './bun.js';

export * from './index.mjs';
export { default } from './index.mjs';
