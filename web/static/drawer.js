// The drawer of the audit log: an entry beside the list. Arrow keys step from entry to entry, the back button closes what was
// opened, and closing leads back to the row. Without it an entry opens on a page of its own.
//
//   #drawer, .drawer-head[data-event]   the entry that is open: #e-ID is its row in the list
//   [data-newer], [data-older]          links to its neighbours in the list that the filter makes
//   [data-drawer-close]                 its address is that of the list
//
// Up, left and k go to the newer entry, down, right and j to the older one, through folds and on where more must be loaded
// first. Where the focus was in the list it stays there, in the drawer it goes to the heading of the next entry.
(() => {
  "use strict";
  const OLDER = { ArrowDown: 1, ArrowRight: 1, j: 1, ArrowUp: -1, ArrowLeft: -1, k: -1 };
  let inList = false; // the next entry is opened from the row that has the focus
  let asked = ""; // the entry that is on its way
  let pushed = false; // to open the drawer was a step of the browser's history
  let list = ""; // the address of the list that is on the page

  const drawer = () => document.getElementById("drawer");
  const head = () => document.querySelector("#drawer [data-event]");
  const link = (row) => row.querySelector("[data-row-link]");
  const rowOf = (id) => id && document.getElementById(`e-${id}`);
  const selected = () => document.querySelector("tr.is-selected");

  // withoutEntry is an address without the entry that it opens, its parameters in one order.
  function withoutEntry(address) {
    const url = new URL(address, location.href);
    url.searchParams.delete("event");
    url.searchParams.sort();
    return url.pathname + url.search;
  }

  function select(row) {
    selected()?.classList.remove("is-selected");
    row?.classList.add("is-selected");
    const fold = row?.closest("tbody.fold");
    if (fold) fold.querySelector(".fold-box").checked = true;
    row?.scrollIntoView({ block: "nearest" });
  }

  // show opens what is at an address. Links are not clicked for it: one that has just come would leave the page, before htmx
  // knows it.
  const show = (address) => htmx.ajax("GET", address, { source: "#drawer", target: "#drawer", swap: "innerHTML" });

  function opened() {
    select(rowOf(head()?.dataset.event));
    if (!inList) head()?.querySelector("h2")?.focus();
    inList = false;
    asked = "";
  }

  function empty() {
    const row = selected();
    drawer().replaceChildren();
    asked = "";
    select(null);
    if (row) link(row)?.focus();
  }

  function close(address) {
    empty();
    if (pushed) history.back();
    else history.replaceState(history.state, "", address);
    pushed = false;
  }

  // ---- Stepping

  // rows are the entries of the table with row, those in folds too.
  const rows = (row) => [...row.closest("table").querySelectorAll("tbody tr[id]:not(.fold-line)")].filter(link);

  function open(row) {
    inList = Boolean(document.activeElement?.closest("table[data-rows]"));
    const fold = row.closest("tbody.fold");
    if (fold) fold.querySelector(".fold-box").checked = true; // what is hidden takes no focus
    if (inList) link(row).focus();
    asked = row.id.slice(2);
    show(link(row).getAttribute("href"));
  }

  function step(by) {
    const row = rowOf(asked || head().dataset.event);
    const next = row && rows(row)[rows(row).indexOf(row) + by];
    if (next) return open(next);
    const more = row && by > 0 && document.querySelector("#audit-more[hx-get]");
    if (more) return load(more, () => step(by));
    show(document.querySelector(by > 0 ? "[data-older]" : "[data-newer]").getAttribute("href")); // it says so when there is none
  }

  // load has the list go on, and then calls done.
  function load(more, done) {
    const arrived = () => {
      if (more.isConnected) return;
      document.removeEventListener("htmx:afterSwap", arrived);
      done();
    };
    document.addEventListener("htmx:afterSwap", arrived);
    if (more.hasAttribute("data-hx-revealed")) return; // it is on its way
    more.setAttribute("data-hx-revealed", "true");
    htmx.trigger(more, "revealed");
  }

  const elsewhere = "input:not([type=checkbox]), select, textarea, [contenteditable], dialog, details.menu, .scroll-x, pre, [role=listbox]";

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.defaultPrevented) return;
      if (!head() || event.target.closest?.(elsewhere) || document.querySelector("dialog[open]")) return;
      const end = { Home: 0, End: -1 }[event.key];
      const row = event.target.closest?.("table[data-rows] tbody tr[id]");
      if (!(event.key in OLDER) && (end === undefined || !row)) return;
      if (event.key.length === 1 && !backtrail.shortcutsOn()) return;
      event.preventDefault();
      if (event.key in OLDER) step(OLDER[event.key]);
      else open(rows(row).at(end));
    },
    true,
  );

  // ---- Clicks

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const closer = event.target.closest("#drawer [data-drawer-close]");
    if (closer) {
      event.preventDefault();
      return close(closer.href);
    }
    // Links of rows, and from one entry to another.
    const other = event.target.closest("#drawer a[href]:not([hx-get], [data-permalink]), a[data-row-link=drawer]");
    if (!other || !drawer() || !window.htmx || !/^\/settings\/audit-logs\/events\/[0-9a-f-]{36}$/.test(other.pathname)) return;
    event.preventDefault();
    show(other.pathname + other.search);
  });

  // ---- Back and forward

  // Before htmx, which would read the page anew: the list stays as it is.
  addEventListener(
    "popstate",
    (event) => {
      if (!drawer() || withoutEntry(location.href) !== list) return;
      event.stopImmediatePropagation();
      const id = new URL(location.href).searchParams.get("event");
      pushed = false;
      if (!id) {
        if (head()) empty();
      } else if (head()?.dataset.event !== id) {
        const at = new URL(list, location.href);
        show(`/settings/audit-logs/events/${encodeURIComponent(id)}${at.search}`);
      }
    },
    true,
  );

  document.addEventListener("htmx:pushedIntoHistory", ({ detail: { path } }) => {
    pushed = new URL(path, location.href).searchParams.has("event");
    list = withoutEntry(path);
  });
  document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
    if (target.id === "drawer") opened();
    if (target.id === "audit-results" || target.id === "audit-log") {
      drawer()?.replaceChildren();
      pushed = false;
    }
  });
  for (const failed of ["htmx:sendError", "htmx:responseError"]) document.addEventListener(failed, () => (asked = ""));
  document.addEventListener("DOMContentLoaded", () => {
    list = withoutEntry(location.href);
    if (head()) select(rowOf(head().dataset.event)); // the address opened it: the focus stays where the page puts it
  });
})();
