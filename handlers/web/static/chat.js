// The chat page: puts its parts together.

import * as api from "./chat/api.js";
import { byId, el, icon } from "./chat/dom.js";
import * as frame from "./chat/frame.js";
import * as live from "./chat/live.js";
import * as log from "./chat/log.js";
import * as menu from "./chat/menu.js";
import * as outbox from "./chat/outbox.js";
import * as suggest from "./chat/suggest.js";
import * as topics from "./chat/topics.js";
import * as welcome from "./chat/welcome.js";
import { says, t } from "./chat/words.js";

const text = byId("text");
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("xiaoer") : { postMessage() {}, addEventListener() {} };
let script = null; // of the latest reply
let state = null; // of the handoff
let byForm = false; // the last thing was said with a form's own input
let held = ""; // why nothing can be sent now

// --- saying something --------------------------------------------------------------------------------------------

function say(words) {
  byForm = byId("log").contains(document.activeElement);
  const item = outbox.add(words, menu.currentRole());
  tabs.postMessage({ kind: "added", item });
  added(item);
}

function added(item) {
  welcome.hide();
  log.waiting(item);
  if (held) log.status(item, "waiting", held);
  if (item.failed) refused(item, item.failed);
}

const refused = (item, failure) => log.status(item, "failed", failure.message || t("failed"), failure.reference);

function answered(item, answer) {
  if (answer.reply.action === "erased") {
    forget();
    log.clear();
  }
  log.answered(item, answer);
  heard(answer.reply);
  frame.arrived();
}

/** What a reply means for the page. */
function heard(reply) {
  script = reply.script;
  text.placeholder = t(reply.act === "ask" ? "placeholder_form" : "placeholder");
  if (reply.act === "handoff") handoff(state === "taken" ? "taken" : "waiting");
  else if (state === "taken") handoff(null); // the customer asked the bot to go on
  live.follow(hear);
}

/** Whoever fills in a form by its own input goes on there; the focus is never taken from the composer. */
function focusNext() {
  if (!byForm || document.activeElement === text) return;
  byForm = false;
  const next = log.waitingInput();
  if (next) next.focus({ preventScroll: true });
  else if (matchMedia("(pointer: fine)").matches) text.focus({ preventScroll: true });
}

/** Nothing can be sent now: everything that waits says so, not only the first. */
function hold(why) {
  held = why;
  for (const item of outbox.items()) if (!item.failed) log.status(item, why ? "waiting" : "sending", why);
}

function exportButton(reply) {
  if (reply.action !== "export") return null;
  return el("div", { class: "buttons" }, el("button", { type: "button", class: "button main", onclick: menu.exportData }, icon("download"), t("export")));
}

/** Nothing of the customer stays on this device. */
function forget() {
  outbox.clear();
  tabs.postMessage({ kind: "erased" });
}

function erased() {
  outbox.clear();
  log.clear();
  handoff(null);
  byId("earlier").hidden = true;
  welcome.show(menu.currentRole(), say);
}

// --- what comes later --------------------------------------------------------------------------------------------

function hear(event, data) {
  tabs.postMessage({ kind: "heard", event, data });
  happened(event, data);
}

function happened(event, data) {
  if (event === "handoff") handoff(data.state);
  if (event !== "message") return;
  live.seen(data.id);
  welcome.hide();
  if (log.message(data)) frame.arrived();
}

function handoff(now) {
  state = now === "closed" ? null : now;
  const line = byId("handoff");
  line.hidden = !state;
  line.replaceChildren(...(state ? [icon("person"), el("span", {}, t(`handoff_${state}`), state === "waiting" ? ` · ${t("handoff_hint")}` : "")] : []));
}

tabs.addEventListener("message", ({ data }) => {
  if (data.kind === "added") added(data.item);
  if (data.kind === "removed") log.drop(data.id);
  if (data.kind === "heard") happened(data.event, data.data);
  if (data.kind === "erased") erased();
  if (data.kind === "answered") {
    answered(data.item, data.answer);
  }
  if (data.kind === "added" || data.kind === "answered") outbox.drain();
});

// --- the history -------------------------------------------------------------------------------------------------

async function load() {
  let kept;
  try {
    kept = await api.conversation();
  } catch {
    byId("log").replaceChildren(el("p", { class: "gone" }, t("history_failed"), el("button", { type: "button", class: "link", onclick: load }, t("try_again"))));
  }
  if (kept !== undefined) byId("log").querySelector(".gone")?.remove();
  if (kept?.turns.length || kept?.messages.length) {
    log.history(kept);
    for (const message of kept.messages) live.seen(message.id);
    const last = kept.turns.at(-1)?.reply;
    if (last) script = last.script;
    if (last?.act === "ask") text.placeholder = t("placeholder_form");
    handoff(kept.handoff);
    live.follow(hear);
  } else byId("log").setAttribute("aria-busy", "false");
  byId("earlier").hidden = !kept?.more;
  for (const item of outbox.items()) added(item);
  if (log.empty()) welcome.show(menu.currentRole(), say);
}

byId("earlier").querySelector("button").addEventListener("click", async ({ currentTarget }) => {
  currentTarget.disabled = true;
  try {
    const earlier = await api.conversation(log.oldest());
    if (earlier) log.history(earlier, true);
    byId("earlier").hidden = !earlier?.more;
  } finally {
    currentTarget.disabled = false;
  }
});

// --- the composer ------------------------------------------------------------------------------------------------

function submit() {
  const words = text.value.trim();
  if (!words) return;
  suggest.close();
  text.value = "";
  grow();
  say(words);
  byForm = false;
}

function grow() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
}

byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
  text.focus();
});
text.addEventListener("input", grow);
text.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return; // Enter chooses a word of the input method
  if (suggest.key(event)) event.preventDefault();
  else if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    submit();
  }
});

// --- the page ----------------------------------------------------------------------------------------------------

function line(connected) {
  byId("line").hidden = connected;
  byId("line").textContent = connected ? "" : t("offline");
}

/** On iOS the on-screen keyboard covers the page instead of shrinking it. */
function fit() {
  const { height, offsetTop } = window.visualViewport;
  document.documentElement.style.setProperty("--height", `${height}px`);
  if (offsetTop) scrollTo(0, 0);
}

/** A question that another page asks for (/?ask=entry) waits in the composer; only the customer sends it. */
async function prefill() {
  const address = new URL(location.href);
  const wanted = address.searchParams.get("ask");
  if (!wanted) return;
  address.searchParams.delete("ask");
  window.history.replaceState(null, "", address);
  const entry = (await topics.load().catch(() => [])).flatMap((area) => area.entries).find(({ id }) => id === wanted);
  if (!entry || text.value) return;
  text.value = entry.question;
  grow();
  text.focus();
}

async function start() {
  log.open({
    say,
    extra: exportButton,
    retry: (id) => outbox.retry(id),
    remove(id) {
      outbox.remove(id);
      log.drop(id);
      tabs.postMessage({ kind: "removed", id });
      if (log.empty()) welcome.show(menu.currentRole(), say);
    },
  });
  menu.open({
    changedRole: (role) => byId("welcome").hidden || welcome.show(role, say),
    erased() {
      forget();
      erased();
    },
  });
  suggest.open((question) => {
    text.value = "";
    grow();
    say(question);
  });
  topics.open(say);
  for (const id of ["open-topics", "all-topics"]) byId(id).addEventListener("click", () => topics.show(menu.currentRole()));
  byId("person").addEventListener("click", () => say(says("person", script)));
  addEventListener("online", () => line(true));
  addEventListener("offline", () => line(false));
  line(navigator.onLine);
  if (window.visualViewport && matchMedia("(pointer: coarse)").matches) window.visualViewport.addEventListener("resize", fit);
  await load();
  outbox.open({
    sending(item) {
      added(item);
      log.status(item, "sending");
    },
    waiting: (item, why, n) => hold(t(`waiting_${why}`, { n })),
    answered(item, answer) {
      if (held) hold("");
      answered(item, answer);
      tabs.postMessage({ kind: "answered", item, answer });
      focusNext();
    },
    refused,
  });
  frame.open();
  await prefill();
  if (matchMedia("(pointer: fine)").matches && document.activeElement === document.body) text.focus({ preventScroll: true });
}

await frame.restore();
if (!frame.leaving()) start();
