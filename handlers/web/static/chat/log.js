// The conversation on the screen: turns in order, days between them, and where the reader is.

import { byId, el, icon } from "./dom.js";
import { replyFoot } from "./feedback.js";
import { replyParts } from "./reply.js";
import { dayKey, dayOf, t, timeOf } from "./words.js";

const NEAR_PX = 120;

const log = byId("log");
const scroller = byId("scroller");
const pill = byId("pill");
const pending = new Map(); // by the message's id
const numbered = new Map(); // by the turn's number
const messages = new Set();
let act = {};

/** `actions`: say(text), retry(id), remove(id), extra(reply) -> an element for what a reply asks of the page, or null. */
export function open(actions) {
  act = actions;
  pill.addEventListener("click", () => {
    toEnd();
    pill.hidden = true;
  });
  scroller.addEventListener("scroll", () => nearEnd() && (pill.hidden = true), { passive: true });
}

export const empty = () => !log.childElementCount;
export const oldest = () => Math.min(...numbered.keys());

/** Shows turns and messages of the history: below what is there, or above it when they are earlier. */
export function history({ turns, messages: written }, earlier = false) {
  log.setAttribute("aria-busy", "true"); // what is old is not read aloud
  const before = scroller.scrollHeight - scroller.scrollTop;
  const shown = [
    ...turns.filter((turn) => !numbered.has(turn.number)).map((turn) => [turn.at, turnItem(turn)]),
    ...written.filter((message) => !messages.has(message.id)).map((message) => [message.at, messageItem(message)]),
  ];
  const items = shown.sort(([a], [b]) => new Date(a) - new Date(b)).map(([, item]) => item);
  if (earlier) log.prepend(...items);
  else log.append(...items);
  settle();
  if (earlier) scroller.scrollTop = scroller.scrollHeight - before;
  else toEnd();
  requestAnimationFrame(() => log.setAttribute("aria-busy", "false"));
}

/** A message that is on its way. */
export function waiting(item) {
  if (pending.has(item.id)) return;
  const turn = el("article", { class: "turn", "data-at": new Date(item.at).toISOString() }, mine(item.text), el("div", { class: "status" }));
  pending.set(item.id, turn);
  log.append(turn);
  status(item, "sending");
  settle();
  toEnd();
}

/** How a message on its way is doing: "sending", or "waiting" with a reason, or "failed" with what can be done. */
export function status(item, state, text = "", reference = "") {
  const line = pending.get(item.id)?.querySelector(".status");
  if (!line) return;
  line.className = `status ${state}`;
  if (state === "sending") {
    line.replaceChildren(el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")), el("span", { class: "unseen" }, t("typing")));
    return;
  }
  line.replaceChildren(icon(state === "failed" ? "note" : "clock"), el("span", {}, text, reference ? ` ${t("reference", { reference })}` : ""));
  if (state === "failed") {
    line.append(
      el("button", { type: "button", class: "link", onclick: () => act.retry(item.id) }, t("retry")),
      el("button", { type: "button", class: "link", onclick: () => act.remove(item.id) }, t("remove")),
    );
  }
}

export function drop(id) {
  pending.get(id)?.remove();
  pending.delete(id);
  settle();
}

/** The reply has come: the message on its way becomes a turn. */
export function answered(item, answer) {
  const following = nearEnd();
  const waited = pending.get(item.id);
  pending.delete(item.id);
  if (numbered.has(answer.number)) {
    waited?.remove(); // it was in the history already: only its acknowledgement had been lost
    return;
  }
  const turn = turnItem({ ...answer, text: item.text, helpful: null });
  if (waited) waited.replaceWith(turn);
  else log.append(turn);
  turn.classList.add("fresh");
  settle();
  show(turn, following);
}

/** A person's message. */
export function message(written) {
  if (messages.has(written.id)) return false;
  const following = nearEnd();
  const item = messageItem(written);
  log.append(item);
  item.classList.add("fresh");
  settle();
  show(item, following);
  return true;
}

export function clear() {
  log.replaceChildren();
  pending.clear();
  numbered.clear();
  messages.clear();
  pill.hidden = true;
}

export function toEnd() {
  scroller.scrollTo({ top: scroller.scrollHeight });
}

/** The input of the form that waits, if the last turn has one. */
export const waitingInput = () => log.querySelector(".turn.now .asking input, .turn.now .asking .choices button");

function turnItem(turn) {
  const item = el("article", { class: "turn", "data-at": turn.at, "data-number": turn.number });
  if (turn.text) item.append(mine(turn.text));
  const reply = turn.reply;
  const parts = [...replyParts(reply, act.say), act.extra(reply)].filter(Boolean);
  const slim = reply.act === "handoff" ? " handoff" : "";
  item.append(el("div", { class: `reply${slim}` }, el("p", { class: "unseen" }, t("bot")), ...parts, replyFoot(turn)));
  numbered.set(turn.number, item);
  return item;
}

function messageItem(written) {
  messages.add(written.id);
  const name = t("operator", { name: written.operator });
  return el("article", { class: "turn operator", "data-at": written.at },
    el("div", { class: "reply" },
      el("p", { class: "operator-name" }, icon("person"), el("span", {}, name)),
      el("div", { class: "prose" }, written.text.split("\n").filter((line) => line.trim()).map((line) => el("p", {}, line))),
      el("div", { class: "reply-foot" }, el("div", { class: "row" }, el("time", { datetime: written.at }, timeOf(new Date(written.at))))),
    ),
  );
}

const mine = (text) => el("div", { class: "mine" }, el("p", { class: "unseen" }, t("you")), el("p", { class: "bubble" }, text));

/** Puts a day above the first turn of each day; the last reply's form and choices are the ones that can be used. */
function settle() {
  for (const day of log.querySelectorAll(":scope > .day")) day.remove();
  let before = "";
  let last = null;
  for (const item of log.querySelectorAll(":scope > .turn")) {
    const at = new Date(item.dataset.at);
    if (dayKey(at) !== before) item.before(el("p", { class: "day" }, dayOf(at)));
    before = dayKey(at);
    item.classList.remove("now");
    last = item.dataset.number ? item : item.classList.contains("operator") ? last : null;
  }
  last?.classList.add("now");
}

const nearEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_PX;

/** Brings what is new into view, its beginning first; whoever reads further up is only told. */
function show(item, following) {
  if (!following) {
    pill.hidden = false;
    return;
  }
  scroller.scrollTo({ top: Math.min(item.offsetTop - 12, scroller.scrollHeight - scroller.clientHeight) });
}
