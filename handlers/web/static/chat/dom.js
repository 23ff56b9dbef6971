// Makes elements. Text only ever goes in as text nodes, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element: `el("p", {class: "note", hidden: true, onclick: f}, "text", child)`. Empty children are left out. */
export function el(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

/** An icon of the page's sprite; decoration only. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

export const byId = (id) => document.getElementById(id);

/** Marks one button of a group of segments as the pressed one. */
export function press(group, value) {
  for (const button of group.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === value));
}

let fading;

/** A short word at the bottom that goes away by itself; screen readers hear it. */
export function toast(text) {
  const note = byId("toast");
  clearTimeout(fading);
  note.hidden = false;
  note.textContent = text;
  fading = setTimeout(() => {
    note.hidden = true;
    note.textContent = "";
  }, 4000);
}

/** A file for the customer to keep. */
export function download(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = el("a", { href: address, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Copies text; also where the clipboard is closed to the page (plain http, a frame). False when that fails too. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = el("textarea", { class: "unseen", readonly: true, "aria-hidden": "true" });
    const focused = document.activeElement;
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    focused?.focus();
    return copied;
  }
}
