// SPDX-License-Identifier: MIT
// Waits of the event loop: tokens of the core's queue, and the promises that they settle.
//
// A wait costs no thread. The core's helper threads (one for up to 127 regions) see the
// notification and have the loop call drain(); the process stays alive while a wait is pending.
'use strict';

const { STATUS } = require('./error.js');
const { addon } = require('./native.js');

/** token -> what to do with the status that its wait ended with */
const pending = new Map();
let next = 1;

/** Called on the loop when something has completed. */
function drain() {
  const done = addon.eventsDrain();
  for (let i = 0; i < done.length; i += 2) {
    const settle = pending.get(done[i]);
    pending.delete(done[i]);
    settle?.(done[i + 1]);
  }
}

/**
 * Start a wait; the promise tells the status that ended it. An abort rejects at once with the
 * signal's reason, and if a notification had come all the same, `owe` is called: it must not be
 * lost.
 */
function wait(handle, limit, signal, owe) {
  addon.eventsBegin(drain);
  return new Promise((resolve, reject) => {
    const token = next++;
    addon.eventsWait(handle, token, limit);
    if (signal === undefined) {
      pending.set(token, resolve);
      return;
    }
    const abort = () => {
      pending.set(token, (status) => {
        if (status === STATUS.OK) {
          owe();
        }
      });
      addon.eventsCancel(token);
      // If it had completed already, its token is in the queue: take it before the next wait.
      drain();
      reject(signal.reason);
    };
    pending.set(token, (status) => {
      signal.removeEventListener('abort', abort);
      resolve(status);
    });
    signal.addEventListener('abort', abort, { once: true });
  });
}

module.exports = { wait };
