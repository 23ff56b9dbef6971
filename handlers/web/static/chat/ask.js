// The input that fits the value a form waits for; typing the value into the composer works as well.

import { el } from "./dom.js";
import { language, says, t } from "./words.js";

const UNITS = { money: "unit_money", percent: "unit_percent" };

/** The form inside the conversation for `reply.asked`; `say(text)` says the value for the customer. */
export function askInput(reply, say) {
  const { asked, script } = reply;
  const cancel = el("button", { type: "button", class: "button quiet", onclick: () => say(says("cancel", script)) }, t("cancel"));
  if (asked.kind === "choice") return choices(reply, say, cancel);
  const input = el("input", { class: "field", name: "value", required: true, ...inputFor(asked.kind) });
  const unit = UNITS[asked.kind] ? el("span", { class: "unit", "aria-hidden": "true" }, t(UNITS[asked.kind])) : null;
  const label = el("label", { class: "asked-label" }, el("span", {}, asked.label), el("span", { class: "input" }, input, unit));
  const picked = asked.kind === "day" || asked.kind === "moment";
  const hint = asked.examples.length && !picked ? el("p", { class: "hint" }, t("examples", { examples: asked.examples.slice(0, 3).join(" / ") })) : null;
  const form = el(
    "form",
    { class: "asking", "aria-label": t("form", { label: asked.label }), autocomplete: "off" },
    el("p", { class: "asked-title" }, asked.title),
    label,
    hint,
    el("div", { class: "buttons" }, el("button", { type: "submit", class: "button main" }, t("submit")), cancel),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = input.value.trim();
    if (value) say(spoken(asked.kind, value, script));
  });
  return form;
}

function choices(reply, say, cancel) {
  const { asked, options } = reply;
  return el(
    "div",
    { class: "asking", role: "group", "aria-label": t("form", { label: asked.label }) },
    el("p", { class: "asked-title" }, asked.title),
    el("div", { class: "choices" }, options.map((option) =>
      el("button", { type: "button", class: "button", onclick: () => say(option.says ?? option.label) }, option.label),
    )),
    el("div", { class: "buttons" }, cancel),
  );
}

function inputFor(kind) {
  switch (kind) {
    case "day":
      return { type: "date", max: "9999-12-31" };
    case "moment":
      return { type: "datetime-local", max: "9999-12-31T23:59" };
    case "money":
    case "percent":
      return { type: "text", inputmode: "decimal" };
    case "count":
      return { type: "text", inputmode: "numeric" };
    case "amounts":
      return { type: "text", inputmode: "decimal" };
    default:
      return { type: "text" };
  }
}

/** A value as it is said. In an English conversation without Chinese units, which would turn the replies Chinese. */
function spoken(kind, value, script) {
  const bare = /^[\d.,]+$/.test(value);
  const plain = script === "en" || language === "en";
  if (kind === "percent") return bare ? t("say_percent", { value }) : value;
  if (kind === "money" && bare && !plain) return t("say_yuan", { value });
  if (kind !== "day" && kind !== "moment") return value;
  const [year, month, day, hour, minute] = value.split(/[-T:]/);
  if (plain) return kind === "day" ? value : `${year}-${month}-${day} ${hour}:${minute}`;
  return t(kind === "day" ? "say_day" : "say_moment", { year, month: Number(month), day: Number(day), hour, minute });
}
