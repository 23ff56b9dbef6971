// What an empty conversation shows: a greeting, who is asking, and what is often asked.

import { byId, el, icon } from "./dom.js";
import * as topics from "./topics.js";

const SHOWN = 6;

const hot = JSON.parse(byId("hot").textContent);

/** Shows the questions for a role; none but the greeting when the list cannot be loaded. */
export async function show(role, choose) {
  byId("welcome").hidden = false;
  let questions = [];
  try {
    const all = (await topics.load()).flatMap((area) => area.entries);
    questions = pick(all, role);
  } catch {
    // The composer works all the same.
  }
  byId("welcome").classList.toggle("bare", !questions.length);
  byId("hot-questions").replaceChildren(...questions.map((entry) =>
    el("li", {}, el("button", { type: "button", class: "option", onclick: () => choose(entry.question) }, el("span", {}, entry.question), icon("chevron"))),
  ));
}

export function hide() {
  byId("welcome").hidden = true;
}

/** The hot entries that this knowledge has; a folder with other entries shows its first ones. */
function pick(all, role) {
  const named = role ? hot[role] : hot.buyer.flatMap((id, index) => [id, hot.seller[index]]);
  const known = named.map((id) => all.find((entry) => entry.id === id)).filter(Boolean);
  const fitting = all.filter((entry) => !role || entry.audience === role || entry.audience === "everyone");
  return (known.length ? known : fitting).slice(0, SHOWN);
}
