// A record as it was, made quicker: the slider steps through its changes. The page works without it, by links and by the date.
//
//   input[data-past][data-moments][data-words]   moments as the address takes them, separated by spaces, and in words, by "|"
(() => {
  "use strict";
  const WAIT = 150; // ms between the last movement of the slider and the look
  let waiting = 0;
  document.addEventListener("input", (event) => {
    const slider = event.target.closest("[data-past]");
    if (!slider) return;
    slider.setAttribute("aria-valuetext", slider.dataset.words.split("|")[slider.value]);
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const address = new URL(location.href);
      address.searchParams.set("at", slider.dataset.moments.split(" ")[slider.value]);
      htmx.ajax("GET", address.pathname + address.search, { target: "#past" });
    }, WAIT);
  });
  document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
    if (target.id === "past") target.querySelector("[data-past]")?.focus();
  });
})();
