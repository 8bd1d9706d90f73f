// SPDX-License-Identifier: MIT
// Reading from the system: /proc, and descriptors that were inherited. Deno shows neither to who
// has --allow-ffi alone, and the C library does.
import fs from 'node:fs';

const libc = globalThis.Deno?.dlopen('libc.so.6', {
  open: { parameters: ['buffer', 'i32'], result: 'i32' },
  read: { parameters: ['i32', 'buffer', 'usize'], result: 'isize' },
  pread: { parameters: ['i32', 'buffer', 'usize', 'i64'], result: 'isize' },
  close: { parameters: ['i32'], result: 'i32' },
}).symbols;

function openFile(path) {
  const descriptor = libc ? libc.open(new TextEncoder().encode(`${path}\0`), 0) :
    fs.openSync(path, 'r');
  if (descriptor < 0) {
    throw new Error(`${path} cannot be opened`);
  }
  return descriptor;
}

function closeFile(descriptor) {
  return libc ? libc.close(descriptor) : fs.closeSync(descriptor);
}

/** Read into bytes; answers how many came, 0 at the end. */
export function readSome(descriptor, bytes) {
  const got = libc ? Number(libc.read(descriptor, bytes, BigInt(bytes.length))) :
    fs.readSync(descriptor, bytes);
  if (got < 0) {
    throw new Error(`descriptor ${descriptor} cannot be read`);
  }
  return got;
}

/** The text of a file. */
export function readFile(path) {
  const descriptor = openFile(path);
  const part = new Uint8Array(65_536);
  const decoder = new TextDecoder();
  let text = '';
  for (let got; (got = readSome(descriptor, part)) > 0;) {
    text += decoder.decode(part.subarray(0, got), { stream: true });
  }
  closeFile(descriptor);
  return text;
}

/** So many bytes of a file from a position, or null where they are not shown. */
export function readAt(path, length, position) {
  try {
    const descriptor = openFile(path);
    const bytes = new Uint8Array(length);
    const got = libc ? Number(libc.pread(descriptor, bytes, BigInt(length), BigInt(position))) :
      fs.readSync(descriptor, bytes, 0, length, position);
    closeFile(descriptor);
    return got === length ? bytes : null;
  } catch {
    return null;
  }
}
