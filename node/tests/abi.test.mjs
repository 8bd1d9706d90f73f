// SPDX-License-Identifier: MIT
// This package's view of the C ABI against abi.json and against the library that was loaded.
import * as zinc from 'zinc-shm';

import { assert, folder, host, runtime, test } from './support/index.mjs';

const text = (path) => new TextDecoder().decode(host.readFile(path));
const abi = JSON.parse(text(`${folder}/abi/abi.json`));
const symbols = await import(`file://${folder}/node_modules/zinc-shm/src/ffi/symbols.js`);
const { bunSymbols, callbacks, constants, denoSymbols, functions, structs } = symbols.default;
const { errorTable } =
  (await import(`file://${folder}/node_modules/zinc-shm/src/error-table.js`)).default;
const manifest = JSON.parse(text(`${folder}/node_modules/zinc-shm/package.json`));

const INTEGERS = { char: 'u8', uint8_t: 'u8', int32_t: 'i32', uint32_t: 'u32', int64_t: 'i64',
  uint64_t: 'u64', size_t: 'usize' };

/** How the table must spell a type of the declaration. */
function spelled(type, answer) {
  switch (type.kind) {
    case 'int': return INTEGERS[type.name];
    case 'pointer': return answer || type.to.kind === 'void' ? 'pointer' : 'buffer';
    default: return type.kind;
  }
}

/** Open the loaded library's file a second time, by the runtime's own FFI. */
async function library(names) {
  if (runtime === 'deno') {
    return globalThis.Deno.dlopen(zinc.binding.file, denoSymbols(names)).symbols;
  }
  const { dlopen } = await import('bun:ffi');
  return dlopen(zinc.binding.file, bunSymbols(names)).symbols;
}

test('releases', () => {
  assert.equal(manifest.version, abi.release);
  assert.equal(zinc.version, abi.release);
  assert.equal(zinc.layout, abi.layout);
  assert.equal(zinc.binding.abi, abi.abi);
});

test('constants', () => {
  const declared = [...abi.constants, ...abi.enums.flatMap((row) => row.values)];
  assert.deepEqual(Object.keys(constants).sort(), declared.map((row) => row.name).sort());
  for (const { name, value } of declared) {
    if (Number.isSafeInteger(value) || typeof value === 'string') {
      assert.equal(constants[name], value, name);
    } else {
      assert.equal(Number(constants[name]), value, name);
    }
  }
  assert.equal(constants.ZINC_FOREVER, 2n ** 63n - 1n);
});

test('structs', () => {
  assert.deepEqual(Object.keys(structs).sort(), abi.structs.map((row) => row.name).sort());
  for (const { name, size, fields } of abi.structs) {
    assert.equal(structs[name].size, size, name);
    assert.deepEqual(Object.entries(structs[name].fields).map(([field, { offset }]) =>
      [field, offset]), fields.map((row) => [row.name, row.offset]), name);
  }
});

test('functions and callbacks', () => {
  assert.deepEqual(Object.keys(functions), abi.functions.map((row) => row.name));
  for (const { name, parameters, returns } of abi.functions) {
    assert.deepEqual(functions[name].parameters, parameters.map((row) => spelled(row.type, false)));
    assert.equal(functions[name].result, spelled(returns, true), name);
  }
  assert.deepEqual(Object.keys(callbacks), abi.callbacks.map((row) => row.name));
  const exported = [...text(`${folder}/abi/zinc.map`).matchAll(/^\s+(zinc_\w+);/gm)];
  assert.deepEqual(exported.map((found) => found[1]).sort(), Object.keys(functions).sort());
});

test('errors', () => {
  assert.deepEqual(errorTable.map((row) => row.status), abi.errors.map((row) => row.status));
  for (const [i, { name, kind, text: meaning, cause, remedy }] of abi.errors.entries()) {
    const { status: _, ...row } = errorTable[i];
    assert.deepEqual(row, { name, kind, text: meaning, cause, remedy });
  }
  const codes = new Set(errorTable.map((row) => row.name));
  assert.equal(codes.size, errorTable.length);
});

test('the library exports every function', () => {
  const bytes = Buffer.from(host.readFile(zinc.binding.file)).toString('latin1');
  for (const name of Object.keys(functions)) {
    assert.ok(bytes.includes(`\0${name}\0`), name);
  }
});

test('the hot calls are made by the FFI of the runtime', () => {
  assert.equal(zinc.binding.calls,
    { node: 'Node-API', bun: 'bun:ffi', deno: 'Deno.dlopen' }[runtime]);
});

test('every function can be bound by the FFI of the runtime', async () => {
  const all = await library(Object.keys(functions).filter((name) =>
    !functions[name].parameters.includes('callback')));
  assert.equal(all.zinc_version(), constants.ZINC_VERSION_MAJOR << 16 |
    constants.ZINC_VERSION_MINOR << 8 | constants.ZINC_VERSION_PATCH);
  assert.equal(all.zinc_layout(), abi.layout);
  assert.ok(BigInt(all.zinc_clock_ns()) > 0n);
  assert.equal(Number(all.zinc_capacity(null)), 0);
  assert.equal(all.zinc_region_notify(null), constants.ZINC_E_INVAL);
  for (const { status, name } of errorTable) {
    assert.equal(pointerText(all.zinc_error_name(status)), name);
  }
  const [facts, { size, fields }] = [new Uint8Array(structs.zinc_doctor_facts.size),
    structs.zinc_doctor_facts];
  new DataView(facts.buffer).setUint32(0, size, true);
  assert.equal(all.zinc_doctor(facts), 0);
  const processors = new DataView(facts.buffer).getBigUint64(fields.processors.offset, true);
  assert.equal(Number(processors), zinc.doctor().processors);
}, { skip: runtime === 'node' ? 'Node has no FFI of its own' : '' });

function pointerText(pointer) {
  if (runtime === 'deno') {
    return new globalThis.Deno.UnsafePointerView(pointer).getCString();
  }
  return new globalThis.Bun.FFI.CString(pointer).toString();
}
