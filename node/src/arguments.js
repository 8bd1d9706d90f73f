// SPDX-License-Identifier: MIT
// What users pass, checked before it reaches C: a wrong number must not become another one.
'use strict';

const SIZE_MAX = Number.MAX_SAFE_INTEGER;
const NUMBER_MAX = 0xfffffffe; // of user and group ids
const NO_OPTIONS = Object.freeze(Object.create(null)); // nor any of Object.prototype

function shown(value) {
  if (typeof value === 'string') {
    return JSON.stringify(value);
  }
  if (typeof value === 'bigint') {
    return `${value}n`;
  }
  if (value !== null && (typeof value === 'object' || typeof value === 'function')) {
    return Array.isArray(value) ? 'an array' : `a ${value.constructor?.name || typeof value}`;
  }
  return String(value);
}

function withCode(error) {
  error.code = 'ZINC_INVAL';
  return error;
}

/** A value of a wrong type. */
function wrongType(what, wanted, value) {
  return withCode(new TypeError(`${what} must be ${wanted}, not ${shown(value)}`));
}

/** A number or a text that cannot be meant. */
function wrongValue(what, wanted, value) {
  return withCode(new RangeError(`${what} must be ${wanted}, not ${shown(value)}`));
}

/** A whole number between low and high, given as number or bigint; answers a number. */
function whole(value, what, low, high) {
  if (typeof value !== 'number' && typeof value !== 'bigint') {
    throw wrongType(what, 'a whole number', value);
  }
  if (typeof value === 'number' && !Number.isInteger(value)) {
    throw wrongValue(what, 'a whole number', value);
  }
  if (value < low || value > high) {
    throw wrongValue(what, `between ${low} and ${high}`, value);
  }
  return Number(value);
}

/** A name as C takes it. Its grammar is the core's to judge; a NUL would cut it short. */
function nameText(value, what = 'name') {
  if (typeof value !== 'string') {
    throw wrongType(what, 'a string', value);
  }
  if (value.includes('\0')) {
    throw wrongValue(what, 'without NUL', value);
  }
  // A lone surrogate is no text: UTF-8 would make another name of it.
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(value)) {
    throw wrongValue(what, 'well-formed text', value);
  }
  return value;
}

/** Milliseconds; undefined and Infinity, which mean for ever, become -1. */
function timeout(value) {
  if (value === undefined || value === Infinity) {
    return -1;
  }
  return whole(value, 'the timeout in milliseconds', 0, SIZE_MAX);
}

/** An options object, or none. */
function optionsObject(value) {
  if (value === undefined) {
    return NO_OPTIONS;
  }
  if (value === null || typeof value !== 'object') {
    throw wrongType('options', 'an object', value);
  }
  return value;
}

function abortSignal(value) {
  if (value !== undefined && !(value !== null && typeof value === 'object' &&
      typeof value.aborted === 'boolean' && typeof value.addEventListener === 'function' &&
      typeof value.removeEventListener === 'function')) {
    throw wrongType('signal', 'an AbortSignal', value);
  }
  return value;
}

/** A number of an open descriptor. */
function descriptor(value, what) {
  return whole(value, what, 0, 0x7fffffff);
}

module.exports = {
  NUMBER_MAX, SIZE_MAX, abortSignal, descriptor, nameText, optionsObject, timeout, whole,
  withCode, wrongType, wrongValue,
};
