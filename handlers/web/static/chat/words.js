// The interface's words and dates, in the language that the server rendered.

const labels = JSON.parse(document.getElementById("labels").textContent);

export const language = document.documentElement.dataset.language;
export const compact = "compact" in document.documentElement.dataset;
const tag = document.documentElement.lang;

/** A label; `{n}` and the like are filled from `values`. */
export function t(name, values = {}) {
  return (labels[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => (Object.hasOwn(values, key) ? String(values[key]) : whole));
}

// What is said for the customer; the bot understands these whatever the interface's language is.
const SAID = { person: { zh: "转人工", en: "agent" }, cancel: { zh: "取消", en: "cancel" } };

/** What a button says for the customer, in the language the conversation is held in. */
export const says = (what, script) => SAID[what][(script ?? language) === "en" ? "en" : "zh"];

const clock = new Intl.DateTimeFormat(tag, { hour: "2-digit", minute: "2-digit", hour12: false });
const dayOfYear = new Intl.DateTimeFormat(tag, { month: "long", day: "numeric", weekday: "short" });
const fullDay = new Intl.DateTimeFormat(tag, { year: "numeric", month: "long", day: "numeric" });

export const timeOf = (date) => clock.format(date);
export const dayKey = (date) => `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;

/** "Today", "yesterday", or the date. */
export function dayOf(date, now = new Date()) {
  if (dayKey(date) === dayKey(now)) return t("today");
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (dayKey(date) === dayKey(yesterday)) return t("yesterday");
  return (date.getFullYear() === now.getFullYear() ? dayOfYear : fullDay).format(date);
}

/** A day without a time ("2023-01-30"), written out. */
export function written(iso) {
  const [year, month, day] = iso.split("-").map(Number);
  return fullDay.format(new Date(year, month - 1, day));
}
