// Below an answer: did it help, copy it, and when it was given.

import { rate } from "./api.js";
import { copy, el, icon, toast } from "./dom.js";
import { t, timeOf } from "./words.js";

/** The row below the turn's reply. */
export function replyFoot(turn) {
  const foot = el("div", { class: "reply-foot" });
  const row = el("div", { class: "row" });
  if (turn.reply.act === "answer") row.append(...thumbs(turn, foot));
  row.append(copyButton(turn.reply.text), el("time", { datetime: turn.at }, timeOf(new Date(turn.at))));
  foot.append(row);
  return foot;
}

function copyButton(text) {
  const button = el("button", { type: "button", class: "mini", "aria-label": t("copy"), title: t("copy") }, icon("copy"));
  button.addEventListener("click", async () => toast((await copy(text)) ? t("copied") : t("copy_failed")));
  return button;
}

function thumbs(turn, foot) {
  const buttons = [true, false].map((helpful) => {
    const name = t(helpful ? "helpful" : "unhelpful");
    const button = el("button", { type: "button", class: "mini", "aria-label": name, title: name }, icon(helpful ? "up-thumb" : "down-thumb"));
    button.addEventListener("click", () => choose(helpful));
    return button;
  });

  function show(helpful) {
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(helpful === (index === 0))));
  }

  async function choose(helpful) {
    const before = turn.helpful;
    turn.helpful = helpful;
    show(helpful);
    foot.querySelector(".comment")?.remove();
    if (!(await keep(turn, helpful))) {
      turn.helpful = before;
      show(before);
    } else if (helpful) toast(t("thanks"));
    else foot.append(commentForm(turn, buttons[1]));
  }

  show(turn.helpful);
  return buttons;
}

async function keep(turn, helpful, comment) {
  try {
    await rate(turn.number, helpful, comment);
    return true;
  } catch {
    toast(t("feedback_failed"));
    return false;
  }
}

function commentForm(turn, back) {
  const words = el("textarea", { class: "field", rows: 2, maxlength: 1000, "aria-label": t("comment"), placeholder: t("comment") });
  const form = el("form", { class: "comment" }, words,
    el("div", { class: "buttons" },
      el("button", { type: "submit", class: "button main" }, t("comment_send")),
      el("button", { type: "button", class: "button quiet", onclick: close }, t("comment_skip")),
    ),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!words.value.trim() || (await keep(turn, false, words.value.trim()))) {
      close();
      toast(t("thanks"));
    }
  });
  function close() {
    form.remove();
    back.focus();
  }
  requestAnimationFrame(() => {
    form.scrollIntoView({ block: "nearest" });
    words.focus({ preventScroll: true });
  });
  return form;
}
