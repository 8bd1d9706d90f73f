// SPDX-License-Identifier: MIT
// Waits of the event loop: tokens of the core's queue, and the promises that they settle.
//
// A wait costs no thread. The core's helper threads (one for up to 127 regions) see the
// notification and have the loop call drain(); the process stays alive while a wait is pending.
'use strict';

const { STATUS } = require('./error.js');
const { addon } = require('./native.js');

/**
 * token -> what to do with the status that its wait ended with; and the next token. Kept at the
 * addon, whose queue they belong to: these sources may be loaded more than once over one addon
 * (test runners do that), and the queue calls the first one's onReady().
 */
const state = (addon.waits ??= { pending: new Map(), next: 1 });

/** Called on the loop when something has completed; `block` waits for it, a second at most. */
function drain(block = false) {
  const { pending } = state;
  const done = addon.eventsDrain(block);
  for (let i = 0; i < done.length; i += 2) {
    const settle = pending.get(done[i]);
    pending.delete(done[i]);
    settle?.(done[i + 1]);
  }
}

function onReady() {
  drain();
}

/** signal -> what is to be done when it is aborted: many waits of one signal are one listener. */
const watched = new WeakMap();

/** Call `work` when the signal is aborted; answers a function that takes that back. */
function onAbort(signal, work) {
  let watch = watched.get(signal);
  if (watch === undefined) {
    const works = new Set();
    watch = { works, listener: () => [...works].forEach((one) => one()) };
    watched.set(signal, watch);
  }
  const { works, listener } = watch;
  works.add(work);
  if (works.size === 1) {
    signal.addEventListener('abort', listener);
  }
  return () => {
    if (works.delete(work) && works.size === 0) {
      signal.removeEventListener('abort', listener);
    }
  };
}

/**
 * Start a wait; the promise tells the status that ended it. An abort rejects at once with the
 * signal's reason, and if a notification had come all the same, `owe` is called: it must not be
 * lost.
 */
async function wait(handle, limit, signal, owe) {
  addon.eventsBegin(onReady);
  const token = state.next++;
  let settle;
  const ended = new Promise((resolve, reject) => {
    settle = { resolve, reject };
  });
  let over = false;
  const abort = () => {
    if (over) {
      return;
    }
    over = true;
    state.pending.set(token, (status) => {
      if (status === STATUS.OK) {
        owe();
      }
    });
    addon.eventsCancel(token);
    // Its token is in the queue, or a helper thread that has just ended it is putting it there:
    // take it before the next wait, which is owed the notification that may have come.
    drain();
    for (const end = performance.now() + 1000;
      state.pending.has(token) && performance.now() < end;) {
      drain(true);
    }
    settle.reject(signal.reason);
  };
  // The signal may be anybody's: what its functions throw is for this wait alone.
  const forget = signal === undefined ? undefined : onAbort(signal, abort);
  try {
    addon.eventsWait(handle, token, limit);
    state.pending.set(token, (status) => {
      over = true;
      settle.resolve(status);
    });
    return await ended;
  } finally {
    forget?.();
  }
}

module.exports = { onAbort, wait };
