// All questions by area, in a dialog; and the few that the welcome shows.

import * as api from "./api.js";
import { byId, el, icon, press } from "./dom.js";
import { t } from "./words.js";

const dialog = byId("topics");
const find = byId("topics-find");
const audiences = byId("audiences");
const areas = byId("areas");
let loading = null;
let audience = "";
let choose = () => {};

/** The areas with their questions, loaded once. */
export function load() {
  loading ??= api.topics().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

export function open(chosen) {
  choose = chosen;
  find.addEventListener("input", render);
  audiences.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    audience = button.value;
    press(audiences, audience);
    render();
  });
  // A click on the backdrop is a click on the dialog itself.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

export async function show(role) {
  audience = role ?? "";
  find.value = "";
  press(audiences, audience);
  dialog.showModal();
  if (matchMedia("(pointer: fine)").matches) find.focus();
  await render();
}

async function render() {
  let all;
  try {
    all = await load();
  } catch {
    areas.replaceChildren(el("p", { class: "none" }, t("topics_failed")), el("button", { type: "button", class: "button", onclick: render }, t("try_again")));
    return;
  }
  const wanted = find.value.trim().toLowerCase();
  const shown = all.flatMap((area) => {
    const entries = area.entries.filter((entry) => fits(entry) && entry.question.toLowerCase().includes(wanted));
    return entries.length ? [{ ...area, entries }] : [];
  });
  areas.replaceChildren(...shown.map((area) => section(area)));
  if (!shown.length) areas.append(el("p", { class: "none" }, t("topics_none")));
  areas.scrollTop = 0;
  byId("topics-said").textContent = wanted && !shown.length ? t("topics_none") : "";
}

const fits = (entry) => !audience || entry.audience === audience || entry.audience === "everyone";

function section(area) {
  return el("section", {}, el("h3", {}, area.title), el("ul", {}, area.entries.map((entry) => {
    const ask = () => {
      dialog.close();
      choose(entry.question);
    };
    return el("li", {}, el("button", { type: "button", onclick: ask }, el("span", {}, entry.question), icon("chevron")));
  })));
}
