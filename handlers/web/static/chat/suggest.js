// Questions that what is being typed may be about, above the composer: a combobox for keyboard, touch and screen reader.

import { suggestions } from "./api.js";
import { byId, el } from "./dom.js";
import { t } from "./words.js";

const DELAY_MS = 130;
const LONGEST = 40; // what is longer is a message of its own

const text = byId("text");
const list = byId("suggestions");
const said = byId("suggestions-said");
let active = -1;
let timer = 0;
let asking = null;

/** Starts suggesting; `choose(question)` is called with the question picked. */
export function open(choose) {
  text.addEventListener("input", () => {
    clearTimeout(timer);
    asking?.abort();
    const typed = text.value.trim();
    if (!typed || typed.length > LONGEST) close();
    else timer = setTimeout(() => look(typed, choose), DELAY_MS);
  });
  text.addEventListener("blur", () => setTimeout(() => list.contains(document.activeElement) || close(), 150));
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the composer keeps the focus
}

/** Takes a key that moves in the list. True when it was for the list. */
export function key(event) {
  if (list.hidden) return false;
  const count = list.children.length;
  switch (event.key) {
    case "ArrowDown":
      move(active + 1 >= count ? -1 : active + 1);
      return true;
    case "ArrowUp":
      move(active < 0 ? count - 1 : active - 1);
      return true;
    case "Enter":
      if (active < 0) return false;
      list.children[active].click();
      return true;
    case "Escape":
      close();
      return true;
    default:
      return false;
  }
}

export function close() {
  clearTimeout(timer);
  asking?.abort();
  list.hidden = true;
  list.replaceChildren();
  said.textContent = "";
  text.setAttribute("aria-expanded", "false");
  move(-1);
}

async function look(typed, choose) {
  asking = new AbortController();
  let found;
  try {
    found = await suggestions(typed, asking.signal);
  } catch {
    return; // suggestions are a help, not a promise
  }
  if (text.value.trim() !== typed || document.activeElement !== text) return;
  if (!found.length) {
    close();
    return;
  }
  list.replaceChildren(...found.map(({ question }, index) =>
    el("li", { id: `suggestion-${index}`, role: "option", "aria-selected": "false", onclick: () => pick(question, choose) }, question),
  ));
  list.hidden = false;
  text.setAttribute("aria-expanded", "true");
  said.textContent = t("suggestions_count", { n: found.length });
  move(-1);
}

function pick(question, choose) {
  close();
  choose(question);
}

function move(to) {
  active = to;
  [...list.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === to)));
  if (to < 0) text.removeAttribute("aria-activedescendant");
  else {
    text.setAttribute("aria-activedescendant", `suggestion-${to}`);
    list.children[to].scrollIntoView({ block: "nearest" });
  }
}
