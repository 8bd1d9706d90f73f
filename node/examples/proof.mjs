// SPDX-License-Identifier: MIT
// What lies behind an address: the proof lines of adapters/scenarios.
import { readFile, readAt } from './system.mjs';

const PAGE = 4096n;

/** Which file is mapped at an address, and where in it: device, inode, offset. */
export function findMapping(address) {
  for (const line of readFile('/proc/self/maps').split('\n')) {
    const [span, , offset, device, inode] = line.split(/\s+/);
    if (!inode) {
      continue;
    }
    const [first, last] = span.split('-').map((end) => BigInt(`0x${end}`));
    if (first <= address && address < last) {
      const [major, minor] = device.split(':').map((part) => BigInt(`0x${part}`));
      return [(major << 32n) | minor, BigInt(inode), BigInt(`0x${offset}`) + address - first];
    }
  }
  return [0n, 0n, 0n];
}

/** The physical frame that holds an address, or 0 where that is not shown to us. */
export function findFrame(address) {
  const entry = readAt('/proc/self/pagemap', 8, Number(address / PAGE) * 8);
  if (entry === null) {
    return 0n;
  }
  return new DataView(entry.buffer).getBigUint64(0, true) & ((1n << 55n) - 1n);
}
