// The server's API. Inside another site's page there are no cookies: a bearer token kept by the frame takes their place.

import * as shelf from "./shelf.js";
import { compact, language } from "./words.js";

const BASE = "/api/v1";
const TIMEOUT_MS = 20_000;

/** The server cannot be reached now, or is busy: the same request may be sent again after `wait` seconds (null: unknown). */
export class Unreachable extends Error {
  constructor(status = 0, wait = null) {
    super(`unreachable ${status}`);
    this.status = status;
    this.wait = wait;
  }
}

/** The server refuses: sending the same again is of no use. `message` is for the customer, in their language. */
export class Refused extends Error {
  constructor(status, { message = "", reference = "" } = {}) {
    super(message);
    this.status = status;
    this.reference = reference;
  }
}

async function session() {
  const kept = shelf.get("token");
  if (kept) return kept;
  const { token } = await (await call("POST", "/sessions", { body: {}, open: true })).json();
  shelf.set("token", token);
  return token;
}

/** A new session in place of one that the server does not know any more. */
async function renew() {
  if (compact) shelf.remove("token");
  else await fetch("/", { cache: "no-store", headers: { Accept: "text/html" } }).catch(() => null);
}

/** The response to a request. Raises Unreachable or Refused. */
async function call(method, path, { body, signal, open = false, stream = false, headers = {}, again = true } = {}) {
  const sent = { Accept: stream ? "text/event-stream" : "application/json", "Accept-Language": language, ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  if (compact && !open) sent.Authorization = `Bearer ${await session()}`;
  const signals = [signal, stream ? null : AbortSignal.timeout(TIMEOUT_MS)].filter(Boolean);
  let response;
  try {
    response = await fetch(path.startsWith("/api/") ? path : BASE + path, {
      method,
      headers: sent,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: compact ? "omit" : "same-origin",
      signal: signals.length > 1 ? AbortSignal.any(signals) : signals[0],
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable();
  }
  if (response.ok) return response;
  if (response.status === 401 && again && !open) {
    await renew();
    return call(method, path, { body, signal, open, stream, headers, again: false });
  }
  if (response.status === 408 || response.status === 429 || response.status >= 500) {
    const wait = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
    throw new Unreachable(response.status, Number.isNaN(wait) ? null : wait);
  }
  const failure = await response.json().catch(() => ({}));
  throw new Refused(response.status, failure.error);
}

/** Sends what was said; the same id again brings the same reply. */
export const send = async ({ id, text, role }) => (await call("POST", "/messages", { body: { id, text, role } })).json();

/** The conversation, oldest turn first: the latest turns, or those before the turn `before`. Null when there is none. */
export async function conversation(before) {
  try {
    return await (await call("GET", `/conversations/current?limit=30${before ? `&before=${before}` : ""}`)).json();
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return null;
    throw error;
  }
}

export const rate = (number, helpful, comment) =>
  call("POST", "/feedback", { body: { number, helpful, ...(comment ? { comment } : {}) } });
export const exported = async () => (await call("GET", "/conversations/current/export")).blob();

/** Erases the customer at the server; the token goes with them. */
export async function erase() {
  await call("DELETE", "/conversations/current");
  shelf.remove("token");
}

export const suggestions = async (text, signal) =>
  (await call("GET", `/suggestions?q=${encodeURIComponent(text)}`, { signal })).json();
export const topics = async () => (await call("GET", "/topics")).json();

/** The stream of what comes later, after the operator's message `after`. */
export const events = (after, signal) =>
  call("GET", `/events?after=${after}`, { stream: true, signal, headers: after ? { "Last-Event-ID": String(after) } : {} });
