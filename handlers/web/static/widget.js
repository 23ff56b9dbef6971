// 店小二 on any site: <script src="https://HOST/widget.js" async></script>
// Optional: data-lang="zh|zh-hant|en" data-role="buyer|seller" data-color="#rrggbb" data-position="left|right".
// Everything lives in a shadow root with a constructed style sheet: it neither needs the host's CSS nor disturbs it. A host with
// a Content-Security-Policy of its own allows HOST in script-src and frame-src.
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || window.__xiaoer) return;
  window.__xiaoer = true;

  const origin = new URL(script.src).origin;
  const { lang, role, color, position } = script.dataset;
  const words = WORDS()[language()];
  const colour = /^#[0-9a-f]{6}$/i.test(color ?? "") ? color : "#b3342b";
  const side = position === "left" ? "left" : "right";
  const READY_MS = 8000;

  let frame = null;
  let ready = false;
  let open = false;
  let unread = 0;

  const host = document.createElement("xiaoer-chat");
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet()];

  const panel = make("div", { class: "panel", role: "dialog", "aria-label": words.frame, id: "panel", hidden: "" });
  const button = make("button", { class: "launcher", type: "button", "aria-expanded": "false", "aria-controls": "panel", "aria-label": words.open });
  const badge = make("span", { class: "badge", "aria-hidden": "true", hidden: "" });
  const heard = make("span", { class: "unseen", role: "status" });
  button.append(picture("M20 11.5a7.5 7.5 0 0 1-11 6.6L4 19.5l1.4-4.3A7.5 7.5 0 1 1 20 11.5z", "chat"), picture("M6 6l12 12M18 6L6 18", "cross"), badge);
  root.append(panel, button, heard);

  button.addEventListener("click", () => (open ? hide() : show()));
  root.addEventListener("keydown", (event) => event.key === "Escape" && open && hide());
  addEventListener("message", (event) => {
    // Only our own frame is listened to, and only what it is known to say.
    if (event.origin !== origin || !frame || event.source !== frame.contentWindow) return;
    const { xiaoer, unread: count, kept } = event.data ?? {};
    if (xiaoer === "ready") {
      ready = true;
      panel.querySelector(".blocked")?.remove();
      tell();
    }
    if (xiaoer === "close") hide();
    // A browser that keeps nothing for frames of other sites: this page keeps it for the frame while the tab is open.
    if (xiaoer === "keep") remember("kept", JSON.stringify(kept));
    if (xiaoer === "restore") frame.contentWindow.postMessage({ xiaoer: "kept", kept: JSON.parse(remembered("kept") ?? "{}") }, origin);
    if (xiaoer === "unread" && Number.isInteger(count) && count >= 0) count && badgeOf(count);
  });

  const start = () => {
    document.body.append(host);
    if (remembered("state") === "open" && innerWidth > 640) show(false);
  };
  if (document.body) start();
  else addEventListener("DOMContentLoaded", start);

  function show(focus = true) {
    open = true;
    if (!frame) load();
    panel.hidden = false;
    button.classList.add("open");
    button.setAttribute("aria-expanded", "true");
    button.setAttribute("aria-label", words.close);
    badgeOf(0);
    remember("state", "open");
    if (focus) frame.focus();
    tell(focus);
  }

  function hide() {
    open = false;
    panel.hidden = true;
    button.classList.remove("open");
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-label", words.open);
    remember("state", "closed");
    button.focus();
    tell();
  }

  function load() {
    const address = new URL("/widget", origin);
    const given = { host: location.origin, lang, role, color: color && colour };
    for (const [name, value] of Object.entries(given)) if (value) address.searchParams.set(name, value);
    frame = make("iframe", { src: address.href, title: words.frame, allow: `clipboard-write ${origin}` });
    panel.append(frame);
    // A site that the server does not allow, or whose own policy forbids the frame, never hears from it.
    setTimeout(() => ready || blocked(), READY_MS);
  }

  function blocked() {
    const note = make("p", { class: "blocked" });
    const link = make("a", { href: origin, target: "_blank", rel: "noopener" });
    link.textContent = words.open_page;
    note.append(words.blocked, " ", link);
    panel.append(note);
  }

  function tell(focus = true) {
    if (ready) frame.contentWindow.postMessage({ xiaoer: open ? "open" : "closed", focus }, origin);
  }

  function badgeOf(count) {
    unread = count;
    badge.hidden = !count;
    badge.textContent = count > 9 ? "9+" : String(count);
    heard.textContent = count ? words.unread.replace("{n}", String(count)) : "";
    if (!open) button.setAttribute("aria-label", count ? `${words.open} · ${heard.textContent}` : words.open);
  }

  function remember(name, value) {
    try {
      sessionStorage.setItem(`xiaoer:widget:${name}`, value);
    } catch {
      // forgotten on the next page
    }
  }

  function remembered(name) {
    try {
      return sessionStorage.getItem(`xiaoer:widget:${name}`);
    } catch {
      return null;
    }
  }

  function language() {
    const wanted = (lang || document.documentElement.lang || navigator.language).toLowerCase();
    if (/^zh.*(hant|tw|hk|mo)/.test(wanted)) return "zh-hant";
    return wanted.startsWith("zh") ? "zh" : wanted.startsWith("en") ? "en" : lang ? "zh" : "en";
  }

  function make(tag, attributes) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }

  function picture(path, name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("class", name);
    svg.setAttribute("aria-hidden", "true");
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  }

  function onColour() {
    const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
  }

  function sheet() {
    const css = new CSSStyleSheet();
    css.replaceSync(`
      :host { all: initial; color-scheme: light dark; font: 14px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
      [hidden] { display: none !important; }
      .launcher { position: fixed; z-index: 2147483001; ${side}: max(20px, env(safe-area-inset-${side})); bottom: max(20px, env(safe-area-inset-bottom)); display: grid; place-items: center;
        width: 56px; height: 56px; padding: 0; border: 0; border-radius: 50%; background: ${colour}; color: ${onColour()}; box-shadow: 0 6px 24px rgb(40 20 10 / 28%); cursor: pointer; transition: transform 180ms; }
      .launcher:hover { transform: translateY(-2px); }
      .launcher:focus-visible { outline: 3px solid light-dark(#221f1b, #fff); outline-offset: 3px; }
      svg { grid-area: 1 / 1; width: 26px; height: 26px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; transition: opacity 160ms, transform 160ms; }
      .cross, .open .chat { opacity: 0; transform: scale(0.6) rotate(-30deg); }
      .open .cross { opacity: 1; transform: none; }
      .badge { position: absolute; top: -4px; right: -4px; min-width: 22px; height: 22px; box-sizing: border-box; padding: 0 6px; border: 2px solid #fff; border-radius: 11px; background: #1f1b17; color: #fff; font: 600 12px/18px system-ui, sans-serif; text-align: center; }
      .panel { position: fixed; z-index: 2147483000; ${side}: max(20px, env(safe-area-inset-${side})); bottom: calc(max(20px, env(safe-area-inset-bottom)) + 72px); width: 400px; max-width: calc(100vw - 40px); height: min(680px, calc(100dvh - 120px));
        overflow: hidden; border-radius: 18px; background: light-dark(#f6f4f0, #161513); box-shadow: 0 16px 56px rgb(40 20 10 / 30%), 0 0 0 1px rgb(0 0 0 / 6%); animation: arrive 200ms cubic-bezier(0.2, 0.7, 0.3, 1); transform-origin: bottom ${side}; }
      iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: light dark; }
      .blocked { position: absolute; inset: 0; display: grid; place-content: center; gap: 12px; margin: 0; padding: 24px; background: light-dark(#f6f4f0, #161513); color: light-dark(#221f1b, #efebe4); text-align: center; }
      .blocked a { color: inherit; }
      .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
      @keyframes arrive { from { opacity: 0; transform: translateY(8px) scale(0.98); } }
      @media (max-width: 640px) { .panel { inset: 0; width: 100vw; max-width: none; height: 100dvh; border-radius: 0; } .launcher.open { display: none; } }
      @media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
    `);
    return css;
  }

  // The launcher's few words stand here: they are needed before anything can be fetched, and on another site's page.
  function WORDS() {
    return {
      zh: { open: "打开客服对话", close: "收起客服对话", frame: "客服对话", unread: "{n} 条未读消息", blocked: "对话没能在这里打开。", open_page: "在新窗口打开" },
      "zh-hant": { open: "打開客服對話", close: "收起客服對話", frame: "客服對話", unread: "{n} 條未讀消息", blocked: "對話沒能在這裡打開。", open_page: "在新視窗打開" },
      en: { open: "Open the support chat", close: "Close the support chat", frame: "Support chat", unread: "{n} unread messages", blocked: "The chat could not be opened here.", open_page: "Open it in a new window" },
    };
  }
})();
