// SPDX-License-Identifier: MIT
import * as zinc from './index.js';

export * from './index.js';
export default zinc;
