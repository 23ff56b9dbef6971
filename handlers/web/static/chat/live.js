// What comes later: a person's messages, over one stream for all tabs (browsers allow six connections to a host).

import { Refused, events } from "./api.js";
import { exclusively } from "./shelf.js";

const SILENCE_MS = 45_000; // the server sends a heartbeat every 15 s
const LONGEST_MS = 30_000;

let last = 0;
let started = false;

/** Remembers the newest message that is shown, so that the stream goes on after it. */
export function seen(id) {
  last = Math.max(last, id);
}

/** Follows the stream from now on; `hear(event, data)` is called in the tab that holds it. */
export function follow(hear) {
  if (started) return;
  started = true;
  exclusively("live", () => keepReading(hear));
}

async function keepReading(hear) {
  let failures = 0;
  for (;;) {
    const abort = new AbortController();
    try {
      const response = await events(last, abort.signal);
      failures = 0;
      await read(response.body, abort, hear);
    } catch (error) {
      if (error instanceof Refused && error.status !== 401) return; // the server will not talk to this page
    }
    abort.abort();
    await pause(Math.min(LONGEST_MS, 500 * 2 ** failures));
    failures = Math.min(failures + 1, 10);
  }
}

async function read(body, abort, hear) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const silence = setTimeout(() => abort.abort(), SILENCE_MS);
    const { done, value } = await reader.read().finally(() => clearTimeout(silence));
    if (done) return;
    // A block ends with an empty line; a CR at the very end may be half of a line's end, so it waits for the next piece.
    rest = (rest + value).replaceAll("\r\n", "\n");
    const blocks = rest.split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) hearBlock(block, hear);
  }
}

function hearBlock(block, hear) {
  let event = "message";
  const data = [];
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon < 1) continue; // a comment: the heartbeat
    const value = line.slice(colon + 1).replace(/^ /, "");
    if (line.startsWith("event")) event = value;
    else if (line.startsWith("data")) data.push(value);
  }
  if (data.length) hear(event, JSON.parse(data.join("\n")));
}

function pause(ms) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    }
    addEventListener("online", done);
  });
}
