// The menu: language, appearance, role, and the customer's own data.

import * as api from "./api.js";
import { byId, download, press, toast } from "./dom.js";
import * as shelf from "./shelf.js";
import { compact, language, t } from "./words.js";

const YEAR_SECONDS = 365 * 24 * 3600;
const COLORS = { light: "#f6f4f0", dark: "#161513" };
const ROLES = ["buyer", "seller"];

let role = null;

/** Sets the menu up; `changedRole(role)` and `erased()` are told. */
export function open({ changedRole, erased }) {
  languages();
  themes();
  roles(changedRole);
  byId("export").addEventListener("click", exportData);
  byId("erase").addEventListener("click", () => {
    byId("menu").hidePopover();
    byId("erasing").returnValue = "";
    byId("erasing").showModal();
  });
  byId("erasing").addEventListener("close", async () => {
    byId("open-menu").focus();
    if (byId("erasing").returnValue !== "erase") return;
    try {
      await api.erase();
      erased();
      toast(t("erased"));
    } catch {
      toast(t("erase_failed"));
    }
  });
}

export const currentRole = () => role;

/** Gives the customer all that is kept of them. */
export async function exportData() {
  try {
    download(await api.exported(), "xiaoer.json");
  } catch {
    toast(t("export_failed"));
  }
}

function languages() {
  const given = new URL(location.href).searchParams.get("lang");
  if (given && !compact) keepLanguage(language);
  byId("languages").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || button.value === language) return;
    keepLanguage(button.value);
    shelf.set("language", button.value);
    const address = new URL(location.href);
    // A frame has no cookies of its own site: there the address says the language.
    if (compact) address.searchParams.set("lang", button.value);
    else address.searchParams.delete("lang");
    location.replace(address);
  });
}

function keepLanguage(chosen) {
  document.cookie = `xiaoer-language=${chosen}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
}

function themes() {
  const group = byId("themes");
  const apply = (theme) => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    for (const meta of document.querySelectorAll('meta[name="theme-color"]')) {
      meta.content = COLORS[theme] ?? COLORS[meta.media.includes("dark") ? "dark" : "light"];
    }
    press(group, theme);
  };
  apply(shelf.get("theme") ?? "auto");
  group.addEventListener("click", (event) => {
    const theme = event.target.closest("button")?.value;
    if (!theme) return;
    if (theme === "auto") shelf.remove("theme");
    else shelf.set("theme", theme);
    apply(theme);
  });
}

function roles(changed) {
  const groups = document.querySelectorAll("[data-roles]");
  const given = new URL(location.href).searchParams.get("role");
  role = shelf.get("role") ?? (ROLES.includes(given) ? given : null);
  const apply = () => groups.forEach((group) => press(group, role));
  apply();
  for (const group of groups) {
    group.addEventListener("click", (event) => {
      const value = event.target.closest("button")?.value;
      if (!value) return;
      role = value === role ? null : value;
      if (role) shelf.set("role", role);
      else shelf.remove("role");
      apply();
      changed(role);
    });
  }
}
