// Inside another site's page: talks to widget.js there, and to nobody else.

import { byId } from "./dom.js";
import * as shelf from "./shelf.js";
import { compact, language } from "./words.js";

const parameters = new URL(location.href).searchParams;
const host = parameters.get("host");
let shown = true;
let unread = 0;

const RESTORE_MS = 1500;

const post = (message, more = {}) => host && parent !== window && parent.postMessage({ xiaoer: message, unread, ...more }, host);

/** Where the browser keeps nothing for a frame of another site, the embedding page keeps it while its tab is open: the server
 * lets only the sites it knows embed the frame, and the message is delivered to no other origin. */
export function restore() {
  if (!compact || !host || !shelf.closed()) return Promise.resolve();
  return new Promise((resolve) => {
    const hear = (event) => {
      if (event.source === parent && event.origin === host && event.data?.xiaoer === "kept") done(event.data.kept);
    };
    const done = (kept) => {
      clearTimeout(timer);
      removeEventListener("message", hear);
      shelf.entrust(kept, (all) => post("keep", { kept: all }));
      resolve();
    };
    const timer = setTimeout(done, RESTORE_MS);
    addEventListener("message", hear);
    post("restore");
  });
}

/** True when the frame is on its way to another language, which the visitor had chosen here before. */
export function leaving() {
  const chosen = shelf.get("language");
  if (!compact || !chosen || chosen === language) return false;
  const address = new URL(location.href);
  address.searchParams.set("lang", chosen);
  location.replace(address);
  return true;
}

export function open() {
  if (!compact) return;
  colour(parameters.get("color"));
  byId("leave").addEventListener("click", () => post("close"));
  document.addEventListener("keydown", (event) => {
    const busy = document.querySelector("dialog[open], [popover]:popover-open, .suggestions:not([hidden])");
    if (event.key === "Escape" && !event.defaultPrevented && !busy) post("close");
  }, true);
  addEventListener("message", (event) => {
    if (event.source !== parent || event.origin !== host) return;
    if (event.data?.xiaoer !== "open" && event.data?.xiaoer !== "closed") return;
    shown = event.data.xiaoer === "open";
    if (shown) {
      unread = 0;
      if (event.data.focus) byId("text").focus();
    }
  });
  post("ready");
}

/** Something new has come; the launcher shows how much was not seen. */
export function arrived() {
  if (!compact || shown) return;
  unread += 1;
  post("unread");
}

/** The host's own colour, with text on it that can be read. */
function colour(wanted) {
  if (!/^#[0-9a-f]{6}$/i.test(wanted ?? "")) return;
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(wanted.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  const root = document.documentElement.style;
  root.setProperty("--accent", wanted);
  root.setProperty("--accent-deep", wanted);
  root.setProperty("--on-accent", light > 0.179 ? "#000000" : "#ffffff");
}
