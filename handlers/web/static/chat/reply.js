// A reply as the customer sees it: the answer or the calculator's card, cautions, sources, what is asked, what can be chosen.

import { askInput } from "./ask.js";
import { el, icon } from "./dom.js";
import { t, written } from "./words.js";

const STEP = /^\s*\d{1,2}[.、]\s*(?=\D)/;

/** The parts of a reply. `say(text)` says something for the customer. */
export function replyParts(reply, say) {
  const single = reply.entries.length < 2;
  return [
    reply.card && single ? null : prose(reply.body),
    reply.card ? card(reply.card, single) : null,
    ...reply.notes.map((note) => el("p", { class: "caution" }, icon("note"), el("span", {}, note))),
    reply.sources.length ? sources(reply.sources) : null,
    reply.prompt ? el("p", { class: "prompt" }, reply.prompt) : null,
    reply.asked && reply.act === "ask" ? askInput(reply, say) : null,
    reply.options.length && !chosenInForm(reply) ? options(reply, say) : null,
  ];
}

/** A form's choices are shown by the form itself. */
const chosenInForm = (reply) => reply.act === "ask" && reply.asked?.kind === "choice";

/** Plain text with its paragraphs and numbered steps. */
function prose(text) {
  const blocks = [];
  for (const line of text.split("\n")) {
    const last = blocks.at(-1);
    if (!line.trim()) blocks.push(null);
    else if (STEP.test(line)) {
      if (Array.isArray(last)) last.push(line.replace(STEP, ""));
      else blocks.push([line.replace(STEP, "")]);
    } else blocks.push(line);
  }
  const shown = blocks.filter(Boolean).map((block) => {
    if (!Array.isArray(block)) return el("p", {}, block);
    return el("ol", {}, block.map((step) => el("li", {}, step)));
  });
  return shown.length ? el("div", { class: "prose" }, shown) : null;
}

function card(result, whole) {
  return el(
    "section",
    { class: "card", "aria-label": result.title },
    el("p", { class: "card-title" }, icon("calculator"), el("span", {}, result.title)),
    el("p", { class: "headline" }, result.headline),
    result.given.length
      ? el("dl", { class: "given", "aria-label": t("given") }, result.given.map((g) => el("div", {}, el("dt", {}, g.label), el("dd", {}, g.value))))
      : null,
    result.steps.length && whole
      ? el("details", { class: "steps", open: true }, el("summary", {}, t("steps")), prose(result.steps.join("\n")))
      : null,
  );
}

function sources(list) {
  const count = list.length === 1 ? t("sources_one") : t("sources_count", { n: list.length });
  return el(
    "details",
    { class: "sources" },
    el("summary", {}, icon("book"), el("span", {}, count), el("span", { class: "newest" }, list.some((s) => s.official) ? "" : `· ${t("unofficial")}`)),
    el("ul", {}, list.map((source) =>
      el("li", {},
        el("p", { class: "source-title" }, source.title),
        el("p", { class: "source-facts" }, [
          source.publisher,
          source.published ? t("published", { date: written(source.published) }) : t("undated"),
          source.updated ? t("updated", { date: written(source.updated) }) : "",
          source.published || source.updated ? source.age : "",
          source.page ?? "",
          source.official ? t("official") : t("unofficial"),
        ].filter(Boolean).join(" · ")),
      ),
    )),
  );
}

/** Related questions below an answer; otherwise numbered choices, which can be typed as a number as well. */
function options(reply, say) {
  const related = reply.act === "answer";
  const label = t(related ? "related" : "choose");
  return el(
    "div",
    { class: related ? "options related" : "options" },
    related ? el("p", { class: "options-label", "aria-hidden": "true" }, label) : null,
    el("ul", { "aria-label": label }, reply.options.map((option, index) =>
      el("li", {}, el("button", { type: "button", class: option.entry ? "option" : "option plain", onclick: () => say(option.says ?? option.label) },
        related || reply.options.length < 2 ? null : el("span", { class: "number", "aria-hidden": "true" }, String(index + 1)),
        el("span", {}, option.label),
        option.entry ? icon("chevron") : null,
      )),
    )),
  );
}
