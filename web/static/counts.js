// How many entries each choice of a filter would show: asked for when its menu is opened, and again when other filters change
// below it. The page works without it: a link in each menu brings its counts within the page.
//
//   #audit-filters [data-counts=MENU]   a menu of choices; the form's address with counts=MENU answers
//                                       {counts: {PARAMETER: {VALUE: "12"}}, rest: "0", note: "..."}
//   [data-counts-note]                  what the counts are of
(() => {
  "use strict";
  const asked = new WeakMap(); // by menu: the number of the last question

  async function count(menu) {
    const form = menu.closest("form");
    const turn = (asked.get(menu) || 0) + 1;
    asked.set(menu, turn);
    const params = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    params.set("counts", menu.dataset.counts);
    const note = menu.querySelector("[data-counts-note]");
    const waiting = setTimeout(() => (note.textContent = "Counting…"), 400);
    let answer = { note: "" };
    try {
      const response = await fetch(`${form.getAttribute("action")}?${params}`, { headers: { Accept: "application/json" } });
      if (response.ok && !response.redirected) answer = await response.json();
    } catch {
      // offline: nothing is counted
    }
    clearTimeout(waiting);
    if (asked.get(menu) === turn && menu.isConnected) show(menu, answer);
  }

  function show(menu, { counts, rest, note }) {
    // The note may have come anew with the choices.
    menu.querySelector("[data-counts-note]").textContent = note;
    for (const input of menu.querySelectorAll("label.check > input")) {
      const label = input.parentNode;
      let shown = label.querySelector(".entries");
      if (!shown) {
        shown = document.createElement("span");
        shown.className = "entries";
        label.append(shown);
      }
      const of = counts?.[input.name];
      shown.textContent = of ? (of[input.value] ?? rest) : "";
      label.classList.toggle("none", shown.textContent === "0" && !input.checked);
    }
  }

  // A toggle does not bubble.
  document.addEventListener("toggle", ({ target }) => {
    // A menu whose rest is on its way is counted when that has come.
    if (target.open && target.matches?.("[data-counts]") && !target.querySelector("[data-rest]")) count(target);
  }, true);
  document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
    if (target.id !== "audit-results" && !target.closest("#audit-filters .menu-panel")) return;
    for (const menu of document.querySelectorAll("[data-counts][open]")) count(menu);
  });
})();
