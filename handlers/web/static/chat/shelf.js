// Keeps small things on the customer's device; in memory where the browser allows no more.

const PREFIX = "xiaoer:";
const memory = new Map();
let changed = () => {};

function storage() {
  try {
    return window.localStorage;
  } catch {
    return null; // an embedding page or a private window may forbid it
  }
}

export function get(name) {
  if (memory.has(name)) return memory.get(name);
  try {
    const kept = storage()?.getItem(PREFIX + name);
    return kept ? JSON.parse(kept) : null;
  } catch {
    return name === "theme" ? storage()?.getItem(PREFIX + name) : null;
  }
}

export function set(name, value) {
  try {
    // The theme is plain: theme.js reads it before any module is loaded.
    storage().setItem(PREFIX + name, name === "theme" ? value : JSON.stringify(value));
    memory.delete(name);
  } catch {
    memory.set(name, value); // full or forbidden
    changed();
  }
}

export function remove(name) {
  if (memory.delete(name)) changed();
  try {
    storage()?.removeItem(PREFIX + name);
  } catch {
    // nothing is kept there
  }
}

/** Whether the browser keeps anything for this page. */
export function closed() {
  return storage() === null;
}

/** What is only in memory: put back what somebody else kept of it, and tell them whenever it changes. */
export function entrust(kept, keep) {
  for (const [name, value] of Object.entries(kept ?? {})) memory.set(name, value);
  changed = () => keep(Object.fromEntries(memory));
}

/** The names that begin with `prefix`. */
export function names(prefix) {
  const found = new Set([...memory.keys()].filter((name) => name.startsWith(prefix)));
  try {
    for (const key of Object.keys(storage() ?? {})) if (key.startsWith(PREFIX + prefix)) found.add(key.slice(PREFIX.length));
  } catch {
    // nothing is kept there
  }
  return [...found];
}

/** Does work that only one tab does at a time. Where the browser has no locks (plain http, a frame of another site) every
 * tab does it; the server answers each message once all the same. */
export async function exclusively(name, work) {
  let begun = false;
  const once = () => {
    begun = true;
    return work();
  };
  try {
    return await (navigator.locks ? navigator.locks.request(`xiaoer-${name}`, once) : once());
  } catch (error) {
    if (begun) throw error;
    return once();
  }
}

/** A random name for a message; crypto.randomUUID exists on https and localhost only. */
export function freshId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
