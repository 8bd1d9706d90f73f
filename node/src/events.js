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

/** Called on the loop when something has completed; `block` waits for it, a second at most. */
function drain(block = false) {
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

/**
 * Start a wait; the promise tells the status that ended it. An abort rejects at once with the
 * signal's reason, and if a notification had come all the same, `owe` is called: it must not be
 * lost.
 */
function wait(handle, limit, signal, owe) {
  addon.eventsBegin(onReady);
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
      // Its token is in the queue, or a helper thread that has just ended it is putting it there:
      // take it before the next wait, which is owed the notification that may have come.
      drain();
      for (const end = performance.now() + 1000; pending.has(token) && performance.now() < end;) {
        drain(true);
      }
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
