#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Compiles the addon from its sources, with the C core inside.
//
//   node native/build.js [--if-needed] [--out FILE] [--objects FOLDER]
//
// It needs a C and a C++ compiler (CC, CXX) and the headers of the Node that runs it, which lie
// next to it or where the system has them; nothing is downloaded. ZINC_NODE_HEADERS names their
// folder if they are elsewhere. ZINC_SYSTEM=1 links the library that `pkg-config zinc` knows
// instead of the core that the package carries. With --if-needed nothing happens when an addon is
// there that loads: what `npm install` runs.
'use strict';

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const PACKAGE = path.dirname(__dirname);
const LAYERS = ['base', 'region', 'memory', 'containers', 'sync', 'flows', 'messages'];
const SYSTEMS = { linux: 'linux', darwin: 'darwin', win32: 'windows' };

class BuildError extends Error {}

/** The first of these folders that has the file; how a person is told when none has. */
function folderWith(file, folders, complaint) {
  const found = folders.find((folder) => folder && fs.existsSync(path.join(folder, file)));
  if (!found) {
    throw new BuildError(`${complaint}; looked in ${folders.filter(Boolean).join(', ')}`);
  }
  return found;
}

function nodeHeaders() {
  const node = fs.realpathSync(process.execPath);
  return folderWith('node_api.h', [
    process.env.ZINC_NODE_HEADERS,
    path.join(path.dirname(node), '..', 'include', 'node'),
    process.env.npm_config_nodedir && path.join(process.env.npm_config_nodedir, 'include', 'node'),
    '/usr/include/node', '/usr/include/nodejs/src', '/usr/include/nodejs',
    '/usr/local/include/node',
  ], 'the headers of Node are missing (Debian: libnode-dev; or set ZINC_NODE_HEADERS)');
}

function addonApiHeaders() {
  const candidates = [path.join(__dirname, 'node-addon-api')];
  try {
    candidates.push(path.dirname(require.resolve('node-addon-api/napi.h', { paths: [PACKAGE] })));
  } catch {
    // Said below.
  }
  return folderWith('napi.h', candidates, 'node-addon-api is missing (npm install node-addon-api)');
}

function core() {
  return folderWith(path.join('include', 'zinc.h'),
    [path.join(__dirname, 'core'), path.join(PACKAGE, '..', 'core')],
    'the sources of the core are missing');
}

function coreSources(folder) {
  const named = path.join(folder, 'src', 'os', `${SYSTEMS[process.platform]}.c`);
  const sources = [fs.existsSync(named) ? named : path.join(folder, 'src', 'os', 'stub.c')];
  for (const layer of LAYERS) {
    const inside = path.join(folder, 'src', layer);
    if (fs.existsSync(inside)) {
      const files = fs.readdirSync(inside).filter((name) => name.endsWith('.c')).sort();
      sources.push(...files.map((name) => path.join(inside, name)));
    }
  }
  return sources;
}

function run(command, words) {
  const done = spawnSync(command, words, { encoding: 'utf8' });
  if (done.error || done.status !== 0) {
    const why = done.error ? done.error.message : `${done.stdout}${done.stderr}`;
    throw new BuildError(`${command} ${words.join(' ')}\n${why}`);
  }
  return done.stdout;
}

/** Newest change of anything below these files and folders. */
function newest(...places) {
  return Math.max(...places.map((place) => {
    const facts = fs.statSync(place);
    if (!facts.isDirectory()) {
      return facts.mtimeMs;
    }
    return Math.max(0, ...fs.readdirSync(place).map((name) => newest(path.join(place, name))));
  }));
}

/** What is compiled, with which flags, and how it is linked. */
function plan() {
  const system = !['', '0', undefined].includes(process.env.ZINC_SYSTEM);
  const folder = system ? null : core();
  const words = (text) => (text || '').split(/\s+/).filter(Boolean);
  const pkgConfig = (what) => words(run('pkg-config', [what, 'zinc']));
  const common = ['-O2', '-fPIC', '-fvisibility=hidden', '-pthread', '-Wall',
    ...words(process.env.CFLAGS)];
  const headers = system ? pkgConfig('--cflags') : [`-I${path.join(folder, 'include')}`];
  const addon = fs.readdirSync(__dirname).filter((name) => name.endsWith('.cc')).sort()
    .map((name) => path.join(__dirname, name));
  return {
    c: { files: system ? [] : coreSources(folder), compiler: process.env.CC || 'cc',
      flags: ['-std=gnu11', ...common, ...headers, ...(system ? [] : [`-I${folder}/src`])] },
    cxx: { files: addon, compiler: process.env.CXX || 'c++',
      flags: ['-std=c++17', ...common, '-fno-exceptions', '-fno-rtti', '-DNAPI_VERSION=8',
        '-DNAPI_DISABLE_CPP_EXCEPTIONS',
        // In a worker that is being terminated no error can be thrown any more.
        '-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS', '-isystem', nodeHeaders(),
        '-isystem', addonApiHeaders(), ...headers] },
    link: process.platform === 'darwin'
      ? ['-bundle', '-undefined', 'dynamic_lookup']
      // Helper threads outlive a dlclose; and the core inside calls itself, not a libzinc that
      // happens to be in the process. The C++ library is inside, too, and shows nothing of itself.
      : ['-shared', '-pthread', '-Wl,-z,nodelete', '-Wl,-Bsymbolic',
        `-Wl,--version-script=${path.join(__dirname, 'exports.map')}`, '-static-libstdc++',
        '-static-libgcc', '-s', ...(system ? pkgConfig('--libs') : [])],
    watched: [__dirname, ...(system ? [] : ['include', 'src'].map((name) =>
      path.join(folder, name)))],
  };
}

function build(out, objects) {
  const { c, cxx, link, watched } = plan();
  const made = [];
  const changed = newest(...watched);
  if (fs.existsSync(out) && fs.statSync(out).mtimeMs >= changed) {
    return false;
  }
  fs.mkdirSync(objects, { recursive: true });
  for (const { files, compiler, flags } of [c, cxx]) {
    for (const file of files) {
      const object = path.join(objects, `${path.basename(path.dirname(file))}-` +
        `${path.basename(file)}.o`);
      run(compiler, [...flags, '-c', file, '-o', object]);
      made.push(object);
    }
  }
  fs.mkdirSync(path.dirname(out), { recursive: true });
  // Another process may have the old file mapped: it keeps it.
  const fresh = `${out}.${process.pid}`;
  run(cxx.compiler, ['-o', fresh, ...made, ...link]);
  fs.renameSync(fresh, out);
  return true;
}

function loads() {
  try {
    require('../src/native.js');
    return true;
  } catch {
    return false;
  }
}

function main(words) {
  const option = (name, otherwise) => {
    const at = words.indexOf(name);
    return at < 0 ? otherwise : path.resolve(words[at + 1]);
  };
  if (words.includes('--if-needed') && loads()) {
    return;
  }
  const out = option('--out', path.join(PACKAGE, 'build', 'zinc.node'));
  const objects = option('--objects', path.join(PACKAGE, 'build', 'objects'));
  process.stdout.write(`${out} ${build(out, objects) ? 'is built' : 'is up to date'}\n`);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BuildError)) {
    throw error;
  }
  process.stderr.write(`zinc-shm: the addon cannot be built: ${error.message}\n`);
  process.exitCode = 1;
}
