// SPDX-License-Identifier: MIT
// What the declarations must accept and refuse; judged by tsc, never run.
import standard, * as zinc from 'zinc-shm';
import { SharedRegion, ZincError, ZincRegion, type RegionInfo } from 'zinc-shm';

const region: SharedRegion = SharedRegion.create('name', 4096n, {
  mode: 0o640, lifetime: 'creator', maxCapacity: 1 << 20, rows: 5, sparse: true, group: 5,
  waitPolicy: 'park', prefault: false, hugePages: false, readOnlyWaiters: true,
});
const other: ZincRegion = ZincRegion.open('name', {
  readOnly: true, unsafeViews: true, acceptMode: 0o22, acceptOwners: new Set([1, 2n]),
  acceptAnyOwner: false,
});
const all: SharedRegion[] = [
  SharedRegion.openOrCreate('name', 4096, { acceptMode: 0, lifetime: 'auto' }),
  SharedRegion.replace('name', 4096), SharedRegion.createPrivate(undefined, 64, { sealed: true }),
  SharedRegion.attach(3), SharedRegion.receive(4, { readOnly: true }), region, other,
];
const bytes: Uint8Array = region.buffer(0, 16n);
const node: Buffer = region.asBuffer();
const floats: Float32Array = region.as(Float32Array, 16, 4);
const longs: BigInt64Array = region.as(BigInt64Array);
const data: DataView = region.as(DataView);
const copy: Uint8Array = other.read(0, 5);
const woken: boolean = region.wait(1000) || region.tryWait() || region.wait(Infinity);
const later: Promise<boolean> = region.waitAsync(5n, { signal: AbortSignal.timeout(5) });
const facts: [number, string, boolean, bigint, RegionInfo] =
  [region.capacity, region.name, region.closed, region.address, region.info()];
const inode: bigint = region.info().inode;
for await (const nothing of region) {
  const empty: void = nothing;
  void empty;
}
for await (const _ of region.notifications({ signal: new AbortController().signal })) break;
try {
  region.grow(8192);
  region.unlink();
  region.send(region.descriptor());
} catch (error) {
  if (error instanceof zinc.ClosedError || error instanceof ZincError) {
    const code: string = error.code + error.remedy + error.reason + error.message;
    const status: number = error.status + error.systemErrno;
    void [code, status];
  }
}
using scoped = SharedRegion.open('name');
const names: string[] = zinc.list().map((info) => info.name);
const report: number = zinc.gc({ dryRun: true }).removals.length + SharedRegion.gc().failures;
const machine: number | undefined = zinc.doctor().mapsLimit;
const rows: string[] = zinc.participants('name').map((row) => row.program);
const from: 'Node-API' | 'bun:ffi' | 'Deno.dlopen' = zinc.binding.calls;
const address: bigint = zinc.addressOf(bytes) + zinc.clockNs();
zinc.remove(zinc.lookup('name').name);
region.close();
void [standard.SharedRegion, all, node, floats, longs, data, copy, woken, later, facts, inode,
  scoped, names, report, machine, rows, from, address, zinc.version, zinc.layout];

// @ts-expect-error made by the static methods only
new SharedRegion();
// @ts-expect-error a capacity is needed
SharedRegion.create('name');
// @ts-expect-error no path
SharedRegion.open(new URL('file:///a'));
// @ts-expect-error no such option
SharedRegion.create('name', 64, { readOnly: true });
// @ts-expect-error no such lifetime
SharedRegion.create('name', 64, { lifetime: 'for ever' });
// @ts-expect-error no view class
region.as(Array);
// @ts-expect-error a number of milliseconds
region.wait('5');
// @ts-expect-error a controller is no signal
region.waitAsync(5, { signal: new AbortController() });
// @ts-expect-error facts are read only
region.capacity = 5;
