// SPDX-License-Identifier: MIT
// What documents show runs, and prints what they say; the scenarios of adapters/scenarios.
import { createHash } from 'node:crypto';

import { SharedRegion } from 'zinc-shm';

import { Child, assert, freshName, host, test, until } from './support/index.mjs';

const OUTPUTS = {
  'create.mjs': ['frames 1048576', 'hello'],
  'commonjs.cjs': ['4096'],
  'bytes.mjs': ['4 65536 hello', '1', '5368709120 4096', 'ZINC_PERM 1024'],
  'waiting.mjs': ['true', 'false', 'false', 'value 1', 'value 2', 'value 3'],
  'asynchronous.mjs': ['value 1', 'value 2', 'value 3', 'true', 'TimeoutError'],
  'closing.mjs': ['true 4096', "ZINC_CLOSED region 'job' is closed"],
  'errors.mjs': ['ZINC_NOENT true', /^Start the creator first/, 'ZINC_INVAL true'],
  'facts.mjs': ['65536 true', /^\[ *['"]log['"] *\]$/, '1', '0', '0'],
};

for (const [file, lines] of Object.entries(OUTPUTS)) {
  test(`the example ${file}`, async () => {
    const said = (await new Child(`examples/${file}`).well()).trim().split('\n');
    assert.equal(said.length, lines.length, said.join('\n'));
    lines.forEach((line, i) => (line instanceof RegExp ? assert.match(said[i], line) :
      assert.equal(said[i], line)));
  });
}

for (const scenario of ['relay', 'tensor', 'grow', 'death']) {
  test(`the scenario ${scenario} with itself`, async () => {
    const name = freshName();
    const first = new Child('examples/peer.mjs', [scenario, 'first', name]);
    await first.said('ready\n');
    const second = new Child('examples/peer.mjs', [scenario, 'second', name]);
    if (scenario === 'death') {
      await second.said('alive\n');
      first.kill(9);
      assert.equal(await first.ended(), -9);
    } else {
      assert.ok((await first.well()).endsWith('done\n'));
    }
    assert.ok((await second.well()).endsWith('done\n'));
    const proofs = [first, second].map((peer) => peer.output.match(/^proof (.*)$/m)[1].split(' '));
    for (const [core, view] of proofs) {
      assert.equal(core, view);
    }
    assert.deepEqual(proofs[0].slice(2), proofs[1].slice(2));
    assert.notEqual(proofs[0][3], '0');
  });
}

test('a peer that is called wrongly says so', async () => {
  for (const words of [[], ['relay'], ['x', 'first', 'y'], ['relay', 'second', 'nobody']]) {
    const peer = new Child('examples/peer.mjs', words);
    assert.equal(await peer.ended(), 1);
    assert.match(peer.errors, /^peer \(JavaScript\): .+\n$/);
  }
});

test('the verifier', async () => {
  const size = 300_000;
  const data = SharedRegion.create(freshName(), size);
  const answer = SharedRegion.create(freshName(), 4096);
  const words = answer.as(BigUint64Array);
  const [ours, theirs] = host.socketPair();
  data.buffer().forEach((_, i, all) => {
    all[i] = i * 31 + (i >> 8);
  });
  const child = new Child('examples/verify.mjs', [data.name, answer.name, 3], { socket: theirs });
  host.closeDescriptor(theirs);
  await until(() => words[0] === 1n, `state 1; it said ${child.errors}`);
  data.notify();
  await until(() => words[0] === 2n, 'state 2');
  host.writeDescriptor(ours, data.read());
  await child.well();
  host.closeDescriptor(ours);
  assert.equal(words[0], 3n);
  const sum = createHash('sha256').update(data.read()).digest('hex');
  assert.equal(answer.asBuffer(96, 32).toString('hex'), sum);
  assert.equal(answer.asBuffer(128, 32).toString('hex'), sum);
  assert.equal(words[5], words[6]);
  assert.equal(words[8], data.info().inode);
  assert.equal(words[11], BigInt(size));
  assert.ok(words[1] < words[2] && words[2] < words[3] && words[3] < words[4]);
  answer.close();
  data.close();
});
