// The timeline of the audit log, made quicker: drag over it to zoom in, a click takes one bar, a double click goes back to
// what was there before the last zoom. The page works without it: each bar is a link.
//
//   [data-timeline][data-end][data-whole]   data-end is the moment behind the last bar; data-whole the address of all time
//   a[data-bar][data-start]                 a bar, which starts at that moment
(() => {
  "use strict";
  const WAIT = 250; // ms: a second click within makes it a double click
  const zooms = []; // addresses from which this page zoomed in
  let dragged = null; // { bars, from, to, moved }
  let waiting = 0;

  const barsOf = (picture) => [...picture.querySelectorAll("[data-bar]")];

  // barAt is the index of the bar at a place of the window, the nearest one beside the picture.
  function barAt(picture, x) {
    const { left, width } = picture.getBoundingClientRect();
    const n = barsOf(picture).length;
    return Math.min(n - 1, Math.max(0, Math.floor(((x - left) / width) * n)));
  }

  function mark() {
    const [low, high] = [Math.min(dragged.from, dragged.to), Math.max(dragged.from, dragged.to)];
    dragged.bars.forEach((bar, i) => bar.classList.toggle("in-range", dragged.moved && i >= low && i <= high));
    return [low, high];
  }

  function show(address) {
    htmx.ajax("GET", address, { target: "#audit-log" });
  }

  function zoom(figure, bars, low, high) {
    const address = new URL(bars[low].href.baseVal, location.href);
    address.searchParams.set("to", high + 1 < bars.length ? bars[high + 1].dataset.start : figure.dataset.end);
    zooms.push(location.pathname + location.search);
    show(address.pathname + address.search);
  }

  function back(figure) {
    const address = zooms.pop() || figure.dataset.whole;
    if (address) show(address);
  }

  document.addEventListener("pointerdown", (event) => {
    const picture = event.target.closest?.(".timeline-picture");
    if (!picture || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const at = barAt(picture, event.clientX);
    dragged = { picture, bars: barsOf(picture), from: at, to: at, moved: false };
    if (event.pointerType === "mouse") event.preventDefault(); // or the browser drags the link
  });
  document.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    dragged.to = barAt(dragged.picture, event.clientX);
    dragged.moved ||= dragged.to !== dragged.from;
    mark();
  });
  document.addEventListener("pointercancel", () => {
    if (!dragged) return;
    dragged.moved = false;
    mark();
    dragged = null;
  });
  document.addEventListener("pointerup", () => {
    if (!dragged) return;
    const { picture, bars, moved } = dragged;
    const [low, high] = mark();
    dragged = null;
    const figure = picture.closest("[data-timeline]");
    clearTimeout(waiting);
    if (moved) zoom(figure, bars, low, high);
    else waiting = setTimeout(() => zoom(figure, bars, low, high), WAIT);
  });
  document.addEventListener("dragstart", (event) => {
    if (event.target.closest?.(".timeline-picture")) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.(".timeline-picture") && !event.ctrlKey && !event.metaKey && !event.shiftKey) event.preventDefault();
  });
  document.addEventListener("dblclick", (event) => {
    const picture = event.target.closest?.(".timeline-picture");
    if (!picture) return;
    clearTimeout(waiting);
    back(picture.closest("[data-timeline]"));
  });
})();
