// Runs before the first paint, so that a chosen appearance does not flash. The choice is kept by chat/menu.js.
try {
  const kept = localStorage.getItem("xiaoer:theme");
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
} catch {
  // Storage is closed (a private window, an embedding page): the system's appearance applies.
}
