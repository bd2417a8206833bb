// The calendar, made quicker: appointments are dragged to another time or made longer, by mouse, finger or keyboard. The
// page works without it: a click on a slot opens the form of a new appointment, and an appointment's own page changes it.
//
//   [data-calendar][data-url]        the whole; it is asked for again after a change
//   [data-calendar-scroll]           scrolls to the morning, or to where it was before
//   .cal-body[data-stretches]        a day: "AT/WALL/MINUTE ...": what stands at AT minutes from the top shows WALL minutes
//                                    from midnight on the clock, MINUTE minutes after 1970; what lies between is no time
//   form.cal-slots[data-slot]        a click inside of a slot starts at its part of so many minutes
//   .cal-event[data-move][data-version][data-start][data-minutes][data-slot]   POST start=, end= or day=
//   td[data-day]                     a day of a month, on which an appointment can be dropped
(() => {
  "use strict";
  const { flash, send } = window.backtrail;
  const UNIT = 5; // minutes; as in calendar_grid.go
  const MINUTE = 60_000;
  const say = (text) => {
    const box = document.querySelector("[data-calendar-says]");
    if (box) box.textContent = text;
  };

  // ---- The days and what stands where in them

  const bodies = () => [...document.querySelectorAll(".cal-body[data-stretches]")];

  function stretchesOf(body) {
    return body.dataset.stretches.split(" ").map((part) => {
      const [at, wall, minute] = part.split("/").map(Number);
      return { at, wall, minute };
    });
  }

  // pixels are those of a minute.
  const pixels = (body) => body.getBoundingClientRect().height / minutesOf(body);

  function minutesOf(body) {
    const grid = body.closest(".cal-grid");
    return Number(/tall-(\d+)/.exec(grid.className)[1]) * UNIT;
  }

  // timeAt is the instant of a place in a day, in minutes since 1970, snapped by the clock to a slot.
  function timeAt(body, place, slot) {
    const stretches = stretchesOf(body);
    let i = stretches.findLastIndex((s) => s.at <= place);
    if (i < 0) i = 0;
    const s = stretches[i];
    const wall = Math.round((s.wall + Math.max(0, place - s.at)) / slot) * slot;
    const minute = s.minute + Math.max(0, wall - s.wall);
    const next = stretches[i + 1];
    return next && minute > next.minute ? next.minute : minute; // nothing can be put into an hour that is none
  }

  // placeOf is where an instant stands in a day, undefined when it is not in it.
  function placeOf(body, minute) {
    const stretches = stretchesOf(body);
    const i = stretches.findLastIndex((s) => s.minute <= minute);
    if (i < 0) return undefined;
    const place = stretches[i].at + minute - stretches[i].minute;
    return place <= minutesOf(body) ? place : undefined;
  }

  function clock(body, minute) {
    const stretches = stretchesOf(body);
    const s = stretches.findLast((s) => s.minute <= minute) || stretches[0];
    const wall = (s.wall + minute - s.minute + 1440 * 2) % 1440;
    return `${String(Math.floor(wall / 60)).padStart(2, "0")}:${String(wall % 60).padStart(2, "0")}`;
  }

  const instant = (minute) => new Date(minute * MINUTE).toISOString();
  const startOf = (event) => Math.round(Date.parse(event.dataset.start) / MINUTE);

  // ---- A change that is being made

  // held is the appointment that is moved: its new start and length, and the day it is shown in; in a month the cell alone.
  let held = null;

  function hold(event, mode) {
    held = { event, mode, start: startOf(event), minutes: Number(event.dataset.minutes), slot: Number(event.dataset.slot) || 30,
      body: event.closest(".cal-body"), cell: event.closest("[data-day]") };
    held.first = { start: held.start, minutes: held.minutes, cell: held.cell };
    event.classList.add("cal-lifted");
    document.documentElement.classList.add("cal-dragging");
    show();
  }

  function show() {
    if (held.cell) {
      for (const cell of document.querySelectorAll(".cal-target")) cell.classList.remove("cal-target");
      held.cell.classList.add("cal-target");
      return;
    }
    if (!held.ghost) {
      held.ghost = document.createElement("div");
      held.ghost.className = "cal-ghost";
    }
    if (held.ghost.parentNode !== held.body) held.body.append(held.ghost);
    const top = placeOf(held.body, held.start) ?? 0;
    const height = Math.min(held.minutes, minutesOf(held.body) - top);
    const px = pixels(held.body);
    held.ghost.style.top = `${top * px}px`;
    held.ghost.style.height = `${Math.max(height * px, 22)}px`;
    held.ghost.textContent = words();
  }

  const words = () =>
    held.cell ? held.cell.querySelector(".cal-full").textContent : `${clock(held.body, held.start)} – ${clock(held.body, held.start + held.minutes)}`;

  const spoken = () => (held.cell ? words() : `${held.body.closest("section").getAttribute("aria-label")}, ${words()}`);

  function letGo() {
    if (!held) return;
    held.ghost?.remove();
    held.event.classList.remove("cal-lifted");
    document.documentElement.classList.remove("cal-dragging");
    for (const cell of document.querySelectorAll(".cal-target")) cell.classList.remove("cal-target");
    held = null;
  }

  async function putDown() {
    const { event, start, minutes, cell, first } = held;
    const fields = {};
    if (cell) {
      if (cell !== first.cell) fields.day = cell.dataset.day;
    } else {
      if (start !== first.start) fields.start = instant(start);
      if (minutes !== first.minutes) fields.end = instant(start + minutes);
    }
    if (Object.keys(fields).length === 0) return letGo();
    fields.version = event.dataset.version;
    const focused = event.contains(document.activeElement);
    try {
      await send(event.dataset.move, fields);
      letGo();
      await reload(focused ? event.querySelector("a").getAttribute("href") : "");
    } catch (error) {
      letGo();
      flash("error", error.message);
      say(error.message);
    }
  }

  // reload asks for the calendar again, and gives the focus back to the link of that address.
  async function reload(href) {
    const calendar = document.querySelector("[data-calendar]");
    if (!window.htmx) return location.reload();
    const scroll = document.querySelector("[data-calendar-scroll]");
    const at = scroll && [scroll.scrollLeft, scroll.scrollTop];
    document.querySelector("main > .flash")?.remove(); // what it says is of the time before
    await htmx.ajax("GET", calendar.dataset.url, { target: calendar, swap: "outerHTML" });
    const again = document.querySelector("[data-calendar-scroll]");
    if (at && again) again.scrollTo(...at);
    if (href) document.querySelector(`.cal-event > a[href="${CSS.escape(href)}"]`)?.focus({ preventScroll: true });
  }

  // ---- By mouse and finger

  let press = null; // a button or a finger is down on an appointment
  let swallow = false; // the click that follows a drag opens nothing

  function onDown(event) {
    const appointment = event.target.closest(".cal-event[data-move]");
    if (!appointment || event.button !== 0 || !event.isPrimary || held) return;
    const box = appointment.getBoundingClientRect();
    press = { appointment, pointer: event.pointerId, x: event.clientX, y: event.clientY, grip: event.clientY - box.top,
      mode: event.target.closest("[data-edge]") ? "end" : "move" };
    swallow = false;
    // A finger scrolls, unless it rests first.
    if (event.pointerType !== "mouse") press.rest = setTimeout(() => press && lift(), 350);
    press.touch = event.pointerType !== "mouse";
  }

  function lift() {
    hold(press.appointment, press.mode);
    press.lifted = true;
    // How far below the start the pointer took it; of one that began the day before, from the top of the day.
    const body = held.body;
    if (body) {
      const from = (press.y - body.getBoundingClientRect().top) / pixels(body);
      const start = placeOf(body, held.start);
      press.offset = start === undefined ? from + (stretchesOf(body)[0].minute - held.start) : from - start;
    }
    navigator.vibrate?.(10);
  }

  function onMove(event) {
    if (!press || event.pointerId !== press.pointer) return;
    const far = Math.hypot(event.clientX - press.x, event.clientY - press.y);
    if (!press.lifted) {
      if (far < 5) return;
      if (press.touch) return drop(); // it scrolls
      lift();
    }
    event.preventDefault();
    follow(event.clientX, event.clientY);
    nudge(event.clientX, event.clientY);
  }

  function follow(x, y) {
    if (!held) return;
    if (held.cell) {
      const cell = document.elementFromPoint(x, y)?.closest("[data-day]");
      if (cell) held.cell = cell;
      return show();
    }
    const over = held.mode === "end" ? held.body : bodies().find((body) => {
      const box = body.getBoundingClientRect();
      return x >= box.left && x < box.right;
    });
    if (!over) return;
    const place = (y - over.getBoundingClientRect().top) / pixels(over);
    if (held.mode === "end") {
      const end = timeAt(over, Math.max(0, place), held.slot);
      held.minutes = Math.max(Math.min(held.slot, held.first.minutes), end - held.start);
    } else {
      held.body = over;
      held.start = timeAt(over, Math.min(Math.max(0, place - press.offset), minutesOf(over) - 1), held.slot);
    }
    show();
  }

  // nudge scrolls while the pointer is near an edge.
  function nudge(x, y) {
    clearInterval(press.scroller);
    const box = document.querySelector("[data-calendar-scroll]");
    if (!box) return;
    const { top, bottom } = box.getBoundingClientRect();
    const by = y < top + 50 ? -8 : y > Math.min(bottom, innerHeight) - 30 ? 8 : 0;
    if (by) {
      press.scroller = setInterval(() => {
        box.scrollBy(0, by);
        follow(x, y);
      }, 30);
    }
  }

  function onUp(event) {
    if (!press || event.pointerId !== press.pointer) return;
    const lifted = press.lifted;
    drop();
    if (!lifted || !held) return;
    swallow = true;
    setTimeout(() => (swallow = false), 0);
    putDown();
  }

  // drop forgets the button or the finger.
  function drop() {
    if (!press) return;
    clearTimeout(press.rest);
    clearInterval(press.scroller);
    press = null;
  }

  function onCancel() {
    if (!press) return;
    const lifted = press.lifted;
    drop();
    if (lifted) letGo();
  }

  function onClick(event) {
    if (swallow && event.target.closest(".cal-event")) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const slot = event.target.closest("button.cal-slot");
    if (slot && event.detail) refine(slot, event.clientY);
  }

  // refine lets a slot of the page start at that of its shorter ones which was clicked.
  function refine(slot, y) {
    const minutes = Number(slot.form.dataset.slot);
    const body = slot.closest(".cal-body");
    const inside = (y - slot.getBoundingClientRect().top) / pixels(body);
    const steps = Math.floor(inside / minutes) * minutes;
    if (steps > 0) slot.value = instant(Math.round(Date.parse(slot.value) / MINUTE) + steps);
  }

  // ---- By keyboard

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (held) return heldKey(event);
    const appointment = event.target.closest?.(".cal-event[data-move]");
    if (event.key !== " " || !appointment || event.target.closest("button, input, select")) return;
    event.preventDefault();
    hold(appointment, "move");
    say(`Taken: ${appointment.querySelector(".cal-name").textContent}. ${spoken()}. The arrows move it, Enter puts it down, Escape leaves it.`);
  }

  function heldKey(event) {
    if (press) {
      if (event.key === "Escape") onCancel();
      return;
    }
    const across = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const down = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === "Escape") {
      letGo();
      say("Left where it was.");
    } else if (event.key === "Enter" || event.key === " ") {
      say(`Put down: ${spoken()}.`);
      putDown();
    } else if (across || down) {
      if (held.cell) stepCell((across || 0) + 7 * (down || 0));
      else if (across) stepDay(across);
      else if (event.shiftKey) held.minutes = Math.max(Math.min(held.slot, held.first.minutes), held.minutes + down * held.slot);
      else stepTime(down);
      show();
      held.ghost?.scrollIntoView({ block: "nearest" });
      say(spoken());
    } else if (event.key === "Tab") {
      letGo();
      return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function stepTime(by) {
    const place = placeOf(held.body, held.start) ?? 0;
    const snapped = timeAt(held.body, place, held.slot);
    // Off its slots it goes to the next one first.
    let start = by > 0 && snapped > held.start ? snapped : by < 0 && snapped < held.start ? snapped : snapped + by * held.slot;
    const first = stretchesOf(held.body)[0];
    if (start < first.minute || placeOf(held.body, start) === undefined || placeOf(held.body, start) >= minutesOf(held.body)) return;
    held.start = start;
  }

  function stepDay(by) {
    const all = bodies();
    const body = all[all.indexOf(held.body) + by];
    if (!body) return;
    const place = placeOf(held.body, held.start) ?? 0;
    held.body = body;
    held.start = timeAt(body, place, 1);
  }

  function stepCell(by) {
    const all = [...document.querySelectorAll("[data-day]")].filter((cell) => cell.getBoundingClientRect().height > 0);
    held.cell = all[all.indexOf(held.cell) + by] || held.cell;
  }

  // ---- Start

  // morning scrolls to an hour before the first appointment of the page, to seven at the latest.
  function morning(box) {
    const body = box.querySelector(".cal-body");
    const first = Math.min(...[...box.querySelectorAll(".cal-events > .cal-event")].map((e) => e.offsetTop), 8 * 60 * pixels(body));
    box.scrollTop = Math.max(0, first - 60 * pixels(body) - 4);
  }

  for (const box of document.querySelectorAll("[data-calendar-scroll]")) morning(box);
  document.addEventListener("pointerdown", onDown);
  document.addEventListener("pointermove", onMove);
  document.addEventListener("pointerup", onUp);
  document.addEventListener("pointercancel", onCancel);
  document.addEventListener("touchmove", (event) => press?.lifted && event.preventDefault(), { passive: false });
  document.addEventListener("contextmenu", (event) => press?.touch && event.preventDefault());
  document.addEventListener("click", onClick, true);
  document.addEventListener("keydown", onKey, true);
})();
