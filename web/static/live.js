// The audit log, kept up with what happens: a button says how many new entries there are and brings them; in live mode they
// come by themselves, unless somebody is reading further down or has an entry open. The page works without it.
//
//   [data-live][data-stream][data-account][data-at]   data-stream is where the API sends new events of the filter, for
//                                                     data-account; data-at is the address of the list
//   [data-open]                                       a stream is open; live mode is offered then
//   button[data-live-show]                            "3 new entries"
//   input[data-live-on]                               live mode
(() => {
  "use strict";
  const RETRY = 5_000; // ms between two attempts
  const GATHER = 400; // ms: what comes together is shown together
  let live = false;
  let open = null; // { box, abort } of the stream that is read
  let fresh = new Set(); // operations with new entries
  let gathering = 0;

  const busy = () =>
    document.querySelector("#drawer [data-event], details.menu[open], dialog[open], .fold-box:checked") || scrollY > 300 || document.hidden;

  function tell() {
    const button = open?.box.querySelector("[data-live-show]");
    if (!button) return;
    button.hidden = fresh.size === 0;
    button.textContent = fresh.size === 1 ? "Show 1 new entry" : `Show ${fresh.size} new entries`;
  }

  function show() {
    if (!open) return;
    fresh = new Set();
    tell();
    const address = open.box.dataset.at;
    htmx.ajax("GET", address, { target: "#audit-list" });
    if (document.getElementById("audit-timeline")) htmx.ajax("GET", address, { target: "#audit-timeline" });
  }

  function arrived(event) {
    fresh.add(event.operation);
    gathering ||= setTimeout(() => {
      gathering = 0;
      if (live && !busy()) show();
      else tell();
    }, GATHER);
  }

  // read passes the events of a response on until it ends; noted gets the id of each.
  async function read(response, noted) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const event = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s)));
        if (!event.data) continue;
        noted(event.id);
        arrived(JSON.parse(event.data));
      }
    }
  }

  async function follow(box, signal) {
    const headers = { "Backtrail-Account": box.dataset.account, Accept: "text/event-stream" };
    while (!signal.aborted) {
      try {
        const response = await fetch(box.dataset.stream, { headers, signal });
        if (!response.ok) break; // no right any more, or too many streams: the page stays as it is
        box.dataset.open = "";
        await read(response, (id) => (headers["Last-Event-ID"] = id));
      } catch {
        // the line was cut, or the page goes
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY));
    }
    delete box.dataset.open;
  }

  // attend reads the stream of the list that is on the page, while the page can be seen.
  function attend() {
    const box = document.hidden ? null : document.querySelector("[data-live]");
    if (open && open.box === box) return;
    open?.abort.abort();
    open = null;
    if (!box) return;
    const abort = new AbortController();
    open = { box, abort };
    box.querySelector("[data-live-on]").checked = live;
    tell();
    follow(box, abort.signal);
  }

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-live-on]")) return;
    live = event.target.checked;
    if (live && fresh.size > 0) show();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-live-show]")) show();
  });
  document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
    if (target.id !== "audit-results" && target.id !== "audit-log") return;
    fresh = new Set(); // the list was read anew
    attend();
  });
  document.addEventListener("visibilitychange", attend);
  addEventListener("pagehide", () => open?.abort.abort());
  document.addEventListener("DOMContentLoaded", attend);
  if (document.readyState !== "loading") attend();
})();
