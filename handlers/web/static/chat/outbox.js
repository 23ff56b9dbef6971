// What was typed is kept until the server has acknowledged it: sent one at a time, in order, by whichever tab comes first.
// Each message has an id of its own; the server answers an id once, so a message that is sent twice is still said once.

import { Refused, Unreachable, send } from "./api.js";
import * as shelf from "./shelf.js";

const PREFIX = "outbox:";
const FIRST_MS = 600;
const LONGEST_MS = 20_000;

let latest = 0;
let opened = false;
let draining = false;
let failures = 0;
let wake = () => {};
let tell = {};

/** Starts sending. `events` hears sending(item), waiting(item, why, seconds), answered(item, answer), refused(item, failure). */
export function open(events) {
  tell = events;
  opened = true;
  addEventListener("online", () => wake());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake());
  drain();
}

/** The messages that wait, oldest first; one with `failed` was refused and waits for the customer. */
export function items() {
  return shelf
    .names(PREFIX)
    .map((name) => shelf.get(name))
    .filter(Boolean)
    .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
}

export function add(text, role) {
  latest = Math.max(Date.now(), latest + 1);
  const item = { id: shelf.freshId(), text, role, at: latest };
  shelf.set(PREFIX + item.id, item);
  drain();
  return item;
}

export const remove = (id) => shelf.remove(PREFIX + id);

/** Sends a refused message once more. */
export function retry(id) {
  const item = shelf.get(PREFIX + id);
  if (!item) return;
  delete item.failed;
  shelf.set(PREFIX + id, item);
  drain();
}

export function clear() {
  for (const name of shelf.names(PREFIX)) shelf.remove(name);
}

/** Looks for something to send; also called when another tab has added a message and may be closed before it is sent. */
export async function drain() {
  if (draining || !opened) return;
  draining = true;
  try {
    for (;;) {
      const rest = await shelf.exclusively("outbox", sendFirst);
      if (rest === null) return;
      if (rest) await pause(rest.ms, rest.wakes);
    }
  } finally {
    draining = false;
  }
}

/** Sends the oldest message. Null when there is none, a pause when it must wait, nothing when it was dealt with. */
async function sendFirst() {
  const item = items().find((waiting) => !waiting.failed);
  if (!item) return null;
  tell.sending(item);
  try {
    const answer = await send(item);
    failures = 0;
    remove(item.id);
    tell.answered(item, answer);
  } catch (error) {
    if (error instanceof Refused) {
      item.failed = { message: error.message, reference: error.reference };
      shelf.set(PREFIX + item.id, item);
      tell.refused(item, item.failed);
      return undefined;
    }
    if (!(error instanceof Unreachable)) throw error;
    return hold(item, error);
  }
  return undefined;
}

function hold(item, error) {
  const limited = error.status === 429;
  const backoff = Math.min(LONGEST_MS, FIRST_MS * 2 ** failures) * (0.75 + Math.random() / 2);
  failures = Math.min(failures + 1, 10);
  const ms = error.wait === null ? backoff : Math.max(error.wait * 1000, FIRST_MS);
  tell.waiting(item, limited ? "limit" : error.status || navigator.onLine ? "server" : "line", Math.ceil(ms / 1000));
  return { ms, wakes: !limited }; // a limit is waited out even when the line comes back
}

function pause(ms, wakes) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    wake = () => {
      if (!wakes) return;
      clearTimeout(timer);
      resolve();
    };
  });
}
