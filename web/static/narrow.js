// "Only this" and "Not this" for every value in a row of the audit log. Under the mouse a value gets two links beside it; by
// touch and by keyboard a button in each row opens the list of them all. Without a script the entry itself has that list.
//
//   table[data-narrows="?FILTER"] tr#e-ID [data-v=WHAT]   a value; /settings/audit-logs/events/ID/narrow?by=WHAT&FILTER leads to
//                                                         the list with it alone, with not=1 to the list without it
(() => {
  "use strict";
  const LINGER = 250; // ms until the links go when the mouse has left, so that it can reach them
  let bar = null;
  let panel = null;
  let leaving = 0;

  const rows = "table[data-narrows] tbody tr[id]";
  const about = (row, params) => {
    const query = new URLSearchParams(row.closest("table").dataset.narrows);
    for (const [name, value] of Object.entries(params)) query.set(name, value);
    return `/settings/audit-logs/events/${row.id.slice(2)}/narrow?${query}`;
  };

  // ---- Under the mouse

  function makeBar() {
    bar = document.createElement("span");
    bar.className = "narrow-bar";
    bar.hidden = true;
    bar.setAttribute("aria-hidden", "true"); // the button of the row is for everybody else
    for (const words of ["Only", "Not"]) {
      const link = document.createElement("a");
      link.tabIndex = -1;
      link.textContent = words;
      bar.append(link);
    }
    bar.addEventListener("pointerenter", () => clearTimeout(leaving));
    bar.addEventListener("pointerleave", leave);
    document.body.append(bar);
  }

  function offer(value, row) {
    clearTimeout(leaving);
    if (!bar) makeBar();
    const by = value.dataset.v;
    const [only, not] = bar.children;
    only.href = about(row, { by });
    not.href = about(row, { by, not: "1" });
    only.title = `Only entries with this: ${value.textContent.trim()}`;
    not.title = `No entries with this: ${value.textContent.trim()}`;
    bar.hidden = false;
    const box = value.getBoundingClientRect();
    bar.style.left = `${Math.min(box.right + 2, innerWidth - bar.offsetWidth - 4)}px`;
    bar.style.top = `${box.top + (box.height - bar.offsetHeight) / 2}px`;
  }

  function leave() {
    clearTimeout(leaving);
    leaving = setTimeout(hide, LINGER);
  }

  function hide() {
    clearTimeout(leaving);
    if (bar) bar.hidden = true;
  }

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse" || event.buttons) return;
    const value = event.target.closest?.("[data-v]");
    const row = value?.closest(rows);
    if (row) offer(value, row);
    else if (bar && !bar.hidden && !bar.contains(event.target)) leave();
  });
  document.addEventListener("scroll", hide, { capture: true, passive: true });
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());

  // ---- The list of a row

  function makePanel() {
    panel = document.createElement("div");
    panel.id = "narrow";
    panel.className = "narrow-panel";
    panel.popover = "auto";
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-label", "Only these, or not these");
    document.body.append(panel);
  }

  async function open(button) {
    hide();
    if (!panel) makePanel();
    await htmx.ajax("GET", about(button.closest("tr"), {}), { target: panel, swap: "innerHTML" });
    panel.showPopover();
    const box = button.getBoundingClientRect();
    const below = box.bottom + panel.offsetHeight < innerHeight;
    panel.style.left = `${Math.max(8, Math.min(box.right - panel.offsetWidth, innerWidth - panel.offsetWidth - 8))}px`;
    panel.style.top = `${below ? box.bottom + 2 : Math.max(8, box.top - panel.offsetHeight - 2)}px`;
    panel.querySelector("a")?.focus();
  }

  function addButtons(scope) {
    if (!HTMLElement.prototype.showPopover) return;
    const found = [...scope.querySelectorAll(rows), ...(scope.matches?.(rows) ? [scope] : [])];
    for (const row of found) {
      if (row.querySelector(".narrow-more")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "narrow-more";
      button.textContent = "\u22ef";
      button.setAttribute("aria-label", "Only these, or not these");
      button.setAttribute("aria-haspopup", "dialog");
      row.lastElementChild.append(button);
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".narrow-more");
    if (button) return open(button);
    const link = event.target.closest(".narrow-bar a, .narrow-panel a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return hide();
    event.preventDefault();
    hide();
    panel?.hidePopover();
    htmx.ajax("GET", link.getAttribute("href"), { target: "#audit-log" });
  });

  document.addEventListener("htmx:load", (event) => addButtons(event.target));
  document.addEventListener("DOMContentLoaded", () => addButtons(document.body));
})();
