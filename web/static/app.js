// Backtrail's pages, made quicker. Everything here improves a page that works without it. No inline code, no eval.
// Load it in <head> before htmx and Sortable: it applies the theme before anything is drawn.
//
//   data-theme-toggle            button: switch between light and dark
//   details.menu                 closes on a click outside and on Escape
//   data-search                  the field that "/" goes to
//   table[data-rows]             arrow keys, Home and End move between rows, Enter or a click opens the row's link
//                                (the first link in it, or what has data-row-link)
//   data-drawer, data-drawer-close   Escape follows the link that closes the drawer (drawer.js)
//   data-dialog="ID"             opens <dialog id=ID>; on a link, its href is the way without a script
//   data-dialog-close            closes the dialog around it
//   dialog[data-dialog-auto]     opens when it arrives on the page; leaves it when closed
//   form[data-confirm="Text"]    asks first; data-confirm-title, data-confirm-label (the button), data-confirm-danger
//   form[data-repeat]            may be sent again at once (a download)
//   data-dismiss                 removes the .flash around it
//   tbody.fold > .fold-line .fold-box   a tick opens the rows below it; an entry in the drawer opens the fold that it stands in
//   data-expands="ID"            link that loads rows with data-part-of=ID below its own; a second click takes them away
//   aria-keyshortcuts="x"        the key x opens this menu, ticks this box or presses this button; "?" lists all shortcuts
//   input[data-shortcuts]        whether single letters and signs are shortcuts, kept in the browser
//   data-copy="Text"             button: copies it; data-copy-link an address as a whole one, data-copy-of the text of what has
//                                this id
//   input[data-complete=URL] data-list=ID   suggests while one types: URL?q=...&at=PLACE answers with the options of the
//                                listbox ID ([role=option] with data-text, and data-start to data-end, what it replaces)
//   input[data-filter-list]      narrows the choices (label.check) of the .menu-panel around it
//   data-add-line                button in the fieldset of rows of a form ([data-lines]): adds an empty one
//   data-dates                   dates and presets of a range: choosing one gives up the other
//   input[data-chooses="V"]      typing in it chooses the radio button of the same fieldset with that value
//   input[data-select-all]       ticks the boxes of the rows of its table; input[data-select-everything] of its form as well
//   form[data-auto-submit]       is sent when a choice in it changes
//   form[data-types]             shows of its [data-type=T] what belongs to the choice in select[name=type]
//   form[data-refreshes]         a choice in it presses its button [data-refresh], by which htmx brings the form anew
//   data-board-column data-stage=ID   list of cards; [data-move-url] in it can be dragged to another such list:
//                                POST stage=ID (and version= from data-version), then the event "moved" on the card;
//                                [data-count] in the column's section is counted along
//   data-sortable data-order-url=URL  list of [data-id], dragged by [data-handle] where there is one:
//                                POST order=ID&order=ID..., then the event "reordered"
(() => {
  "use strict";
  const root = document.documentElement;
  const all = (scope, selector) => [...(scope.matches?.(selector) ? [scope] : []), ...scope.querySelectorAll(selector)];

  // ---- Completion of a question: a combobox as the ARIA practices have it. Without it one types on.

  const completions = new WeakMap(); // by input: {list, active, timer, asked}

  function completion(input) {
    let c = completions.get(input);
    if (c) return c;
    c = { list: document.getElementById(input.dataset.list), active: -1, timer: 0, asked: 0 };
    completions.set(input, c);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", c.list.id);
    input.setAttribute("aria-expanded", "false");
    c.list.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // the focus stays in the field
      const option = event.target.closest("[role=option]");
      if (option) complete(input, option);
    });
    input.addEventListener("blur", () => closeCompletion(input));
    return c;
  }

  function closeCompletion(input) {
    const c = completion(input);
    clearTimeout(c.timer);
    c.asked++;
    c.active = -1;
    c.list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function askCompletion(input, wait) {
    const c = completion(input);
    clearTimeout(c.timer);
    c.timer = setTimeout(async () => {
      const asked = ++c.asked;
      // Places are counted in characters there, in halves of some of them here.
      const at = [...input.value.slice(0, input.selectionStart)].length;
      let html = "";
      try {
        const answer = await fetch(`${input.dataset.complete}?${new URLSearchParams({ q: input.value, at })}`);
        if (answer.ok && !answer.redirected) html = await answer.text();
      } catch {
        // offline: nothing is suggested
      }
      if (asked !== c.asked || document.activeElement !== input) return;
      if (!html.trim()) return closeCompletion(input);
      c.list.innerHTML = html;
      c.list.hidden = false;
      c.active = -1;
      input.setAttribute("aria-expanded", "true");
      input.removeAttribute("aria-activedescendant");
    }, wait);
  }

  function complete(input, option) {
    const characters = [...input.value];
    const { text, start, end } = option.dataset;
    const before = characters.slice(0, start).join("") + text;
    const after = characters.slice(end).join("");
    const space = text.endsWith(":") || after.startsWith(" ") || after.startsWith(")") ? "" : " ";
    input.value = before + space + after;
    const caret = before.length + (text.endsWith(":") ? 0 : 1);
    input.setSelectionRange(caret, caret);
    closeCompletion(input);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function completionKey(event, input) {
    const c = completion(input);
    if (c.list.hidden) {
      if (event.key === "ArrowDown" && !event.altKey && input.value) {
        event.preventDefault();
        askCompletion(input, 0);
      }
      return;
    }
    const options = [...c.list.children];
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp": {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        c.active = (c.active + step + options.length + (c.active < 0 && step < 0 ? 1 : 0)) % options.length;
        for (const [i, option] of options.entries()) option.setAttribute("aria-selected", String(i === c.active));
        input.setAttribute("aria-activedescendant", options[c.active].id);
        options[c.active].scrollIntoView({ block: "nearest" });
        return;
      }
      case "Enter":
      case "Tab":
        if (c.active < 0) return closeCompletion(input);
        event.preventDefault();
        return complete(input, options[c.active]);
      case "Escape":
        event.preventDefault();
        event.stopPropagation();
        return closeCompletion(input);
    }
  }

  // ---- Theme

  const storedTheme = () => {
    try {
      const theme = localStorage.getItem("theme");
      return theme === "light" || theme === "dark" ? theme : null;
    } catch {
      return null; // storage is switched off: the system's theme stays
    }
  };

  const themeInUse = () =>
    root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

  function labelThemeToggles(scope) {
    const other = themeInUse() === "dark" ? "light" : "dark";
    for (const button of all(scope, "[data-theme-toggle]")) button.setAttribute("aria-label", `Theme: use ${other}`);
  }

  function toggleTheme() {
    root.dataset.theme = themeInUse() === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch {
      // it holds for this page
    }
    labelThemeToggles(document);
  }

  root.classList.add("js");
  if (storedTheme()) root.dataset.theme = storedTheme();

  // ---- htmx

  function configureHtmx() {
    if (!window.htmx) return;
    Object.assign(htmx.config, {
      allowEval: false,
      includeIndicatorStyles: false, // they would be inline
      selfRequestsOnly: true,
      historyCacheSize: 0, // a copy of the log must not outlive the session in the browser's storage
      refreshOnHistoryMiss: true,
      responseHandling: [
        { code: "204", swap: false },
        { code: "[23]..", swap: true },
        { code: "422", swap: true }, // the form again, with its errors
        { code: "[45]..", swap: false, error: true },
      ],
    });
  }

  // ---- Messages

  function flash(kind, text) {
    let toasts = document.querySelector(".toasts");
    if (!toasts) {
      toasts = document.createElement("div");
      toasts.className = "toasts";
      toasts.setAttribute("aria-live", "polite");
      document.body.append(toasts);
    }
    const box = document.createElement("div");
    box.className = `flash flash-${kind}`;
    const words = document.createElement("p");
    words.textContent = text;
    const dismiss = document.createElement("button");
    dismiss.type = "button";
    dismiss.className = "btn-link";
    dismiss.dataset.dismiss = "";
    dismiss.textContent = "Dismiss";
    box.append(words, dismiss);
    toasts.append(box);
    if (kind === "success") setTimeout(() => box.remove(), 6000);
  }

  // announce says something to who listens to the page, and shows nothing.
  function announce(text) {
    let place = document.getElementById("announced");
    if (!place) {
      place = document.createElement("p");
      place.id = "announced";
      place.className = "sr-only";
      place.setAttribute("role", "status");
      document.body.append(place);
    }
    place.textContent = "";
    setTimeout(() => (place.textContent = text), 50); // a place that is new, or says the same again, is not read otherwise
  }

  // send posts a form in the background; it throws an Error whose message can be shown.
  async function send(url, fields) {
    let response;
    try {
      response = await fetch(url, {
        method: "POST",
        body: new URLSearchParams(fields),
        headers: { Accept: "application/json" },
        credentials: "same-origin",
      });
    } catch {
      throw new Error("The server could not be reached. Reload to see how things stand.");
    }
    if (response.redirected && new URL(response.url).pathname.startsWith("/login")) {
      throw new Error("You have been logged out. Log in and try again.");
    }
    if (!response.ok) throw new Error(await problem(response));
  }

  async function problem(response) {
    try {
      const { detail, title } = await response.json();
      if (detail || title) return detail || title;
    } catch {
      // not a problem document
    }
    return `That did not work (${response.status}). Reload to see how things stand.`;
  }

  // ---- Dragging

  function sortCards(column) {
    Sortable.create(column, {
      group: "board",
      draggable: "[data-move-url]",
      filter: "button, select, summary, input",
      preventOnFilter: false,
      ghostClass: "drag-ghost",
      delay: 150,
      delayOnTouchOnly: true,
      sort: false, // cards stand in the server's order
      onEnd: moveCard,
    });
  }

  // dropColumn is the column under the pointer. Sortable's own answer is the last column that took the card in passing,
  // which is another one after a quick move, or over the gap between two cards.
  function dropColumn({ originalEvent: event }) {
    if (event.type === "dragend") return null; // let go outside, or Escape
    const { clientX, clientY } = event.changedTouches?.[0] || event;
    const section = document.elementFromPoint(clientX, clientY)?.closest("section");
    return section?.querySelector("[data-board-column]");
  }

  async function moveCard(drop) {
    const { item, from, oldIndex } = drop;
    const putBack = () => {
      item.remove();
      from.insertBefore(item, from.children[oldIndex] || null);
    };
    const to = dropColumn(drop);
    if (!to || to === from) return putBack();
    if (item.parentNode !== to) to.prepend(item);
    const fields = { stage: to.dataset.stage };
    if (item.dataset.version) fields.version = item.dataset.version;
    count(from, -1);
    count(to, +1);
    try {
      await send(item.dataset.moveUrl, fields);
      item.dispatchEvent(new CustomEvent("moved", { bubbles: true }));
    } catch (error) {
      putBack();
      count(from, +1);
      count(to, -1);
      flash("error", error.message);
    }
  }

  function count(column, by) {
    const shown = column.closest("section")?.querySelector("[data-count]");
    if (shown && /^\d+$/.test(shown.textContent.trim())) shown.textContent = Number(shown.textContent) + by;
  }

  function sortList(list) {
    let before;
    const sortable = Sortable.create(list, {
      draggable: "[data-id]",
      dataIdAttr: "data-id",
      handle: list.querySelector("[data-handle]") ? "[data-handle]" : undefined,
      ghostClass: "drag-ghost",
      onStart: () => (before = sortable.toArray()),
      onEnd: async () => {
        const order = sortable.toArray();
        if (order.join() === before.join()) return;
        try {
          await send(list.dataset.orderUrl, order.map((id) => ["order", id]));
          list.dispatchEvent(new CustomEvent("reordered", { bubbles: true }));
        } catch (error) {
          sortable.sort(before, true);
          flash("error", error.message);
        }
      },
    });
  }

  // ---- Dialogs

  // ask shows a question in a dialog and answers with whether it was confirmed.
  function ask({ text, title, label, danger }) {
    const dialog = document.createElement("dialog");
    dialog.className = "dialog";
    dialog.setAttribute("aria-labelledby", "confirm-title");
    dialog.innerHTML = `<form method="dialog"><div class="dialog-head"><h2 id="confirm-title"></h2></div>
      <div class="dialog-body"><p></p></div><div class="dialog-foot"><button class="btn" value="">Cancel</button>
      <button class="btn" value="yes"></button></div></form>`;
    dialog.querySelector("h2").textContent = title || "Are you sure?";
    dialog.querySelector("p").textContent = text;
    const confirm = dialog.querySelector("[value=yes]");
    confirm.textContent = label || "Continue";
    confirm.classList.add(danger ? "btn-danger" : "btn-primary");
    document.body.append(dialog);
    dialog.showModal();
    return new Promise((answer) => {
      dialog.addEventListener("close", () => {
        dialog.remove();
        answer(dialog.returnValue === "yes");
      });
    });
  }

  function openAuto(dialog) {
    if (dialog.open) return;
    dialog.addEventListener("close", () => dialog.remove(), { once: true });
    dialog.showModal();
  }

  // ---- Forms

  const confirmed = new WeakSet();
  const sending = new WeakSet();

  // In the capture phase, so that htmx does not see a submit that waits for its answer.
  async function confirmSubmit(event) {
    const form = event.target;
    if (!form.matches("form[data-confirm]") || confirmed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { confirm: text, confirmTitle: title, confirmLabel: label, confirmDanger: danger } = form.dataset;
    if (await ask({ text, title, label, danger: danger !== undefined })) {
      confirmed.add(form);
      form.requestSubmit(event.submitter);
      confirmed.delete(form); // the browser's own validation may have stopped it
    }
  }

  function submitOnce(event) {
    const form = event.target;
    if (event.defaultPrevented || form.getAttribute("method")?.toLowerCase() !== "post" || form.matches("[data-repeat]")) return;
    if (sending.has(form)) {
      event.preventDefault();
      return;
    }
    sending.add(form);
    event.submitter?.setAttribute("aria-busy", "true");
    setTimeout(() => release(form), 8000); // the answer may be a file, and the page stays
  }

  function release(form) {
    sending.delete(form);
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }

  // ---- Lists of choices, ranges, copies

  function filterList(input) {
    const wanted = input.value.trim().toLowerCase();
    for (const group of input.closest(".menu-panel").querySelectorAll("fieldset")) {
      let shown = 0;
      for (const label of group.querySelectorAll("label.check")) {
        label.hidden = !label.textContent.toLowerCase().includes(wanted);
        if (!label.hidden) shown++;
      }
      group.hidden = shown === 0;
    }
  }

  function onInput(event) {
    const input = event.target;
    if (input.matches("[data-filter-list]")) filterList(input);
    if (input.matches("[data-complete]")) askCompletion(input, 120);
    const invoice = input.closest("[data-invoice]");
    if (invoice?.querySelector("[data-sum]")) previewInvoice(invoice);
    const chosen = input.dataset.chooses;
    if (chosen) for (const radio of input.closest("fieldset").querySelectorAll("[type=radio]")) radio.checked = radio.value === chosen;
  }

  // In the capture phase: htmx must see the form as it is afterwards.
  function onChange(event) {
    const input = event.target;
    // A search as one types has no more to say when the focus leaves its field; htmx would swap away what is being clicked.
    if (input.matches("[data-filter-list], [hx-get] [data-search]")) return event.stopPropagation();
    const dates = input.closest("[data-dates]");
    if (dates && input.type === "date") dates.querySelector("[type=radio][value=custom]").checked = true;
    if (dates && input.type === "radio") {
      if (input.value === "custom") {
        event.stopPropagation(); // nothing is chosen before a day is
        dates.querySelector("[type=date]").focus();
      } else {
        for (const date of dates.querySelectorAll("[type=date]")) date.value = "";
      }
    }
    if (input.name === "type" && input.form?.matches("[data-types]")) showType(input.form);
    if (input.form?.matches("[data-auto-submit]")) input.form.requestSubmit();
    if (window.htmx && input.matches("form[data-refreshes] select")) input.form.querySelector("[data-refresh]").click();
    if (input.form?.matches(".selecting")) selectRows(input);
    if (input.matches("[data-shortcuts]")) switchShortcuts(input.checked);
  }

  // selectRows keeps the boxes of a list in step: the one in the head with those of the rows, and "everything" with both.
  function selectRows(input) {
    const form = input.form;
    const rows = [...form.querySelectorAll('input[name="id"]')];
    const head = form.querySelector("[data-select-all]");
    const everything = form.querySelector("[data-select-everything]");
    if (input === head || (input === everything && everything.checked)) for (const box of rows) box.checked = input.checked;
    if (everything && input !== everything && rows.some((box) => !box.checked)) everything.checked = false;
    const count = rows.filter((box) => box.checked).length;
    form.querySelector("[data-selected]").textContent = everything?.checked ? "" : `${count} selected`;
    head.checked = rows.every((box) => box.checked);
    head.indeterminate = !head.checked && rows.some((box) => box.checked);
  }

  async function copy(button) {
    const { copy: text, copyLink, copyOf } = button.dataset;
    try {
      await navigator.clipboard.writeText(text ?? (copyLink ? new URL(copyLink, location.href).href : document.getElementById(copyOf).textContent));
      const label = (button.dataset.label ??= button.textContent);
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = label), 2000);
      announce(label === "Copy" ? "Copied" : `Copied: ${label.replace(/^Copy /, "")}`);
    } catch {
      flash("error", "The browser does not allow copying here. Select the text instead.");
    }
  }

  // ---- Entries of the audit log; see drawer.js, too

  // In the capture phase, before htmx asks for the parts again.
  function collapseParts(event) {
    const link = event.target.closest("[data-expands]");
    if (!link) return;
    const id = link.dataset.expands;
    if (link.getAttribute("aria-expanded") === "true") {
      event.preventDefault();
      event.stopImmediatePropagation();
      for (const row of document.querySelectorAll(`tr[data-part-of="${CSS.escape(id)}"]`)) row.remove();
      link.setAttribute("aria-expanded", "false");
    } else if (window.htmx && !(event.ctrlKey || event.metaKey || event.shiftKey || event.button)) {
      link.setAttribute("aria-expanded", "true");
    }
  }

  // ---- Clicks and keys

  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(except)) menu.open = false;
    }
  };

  const rowLink = (row) => row.querySelector("[data-row-link]") || row.querySelector("a[href]");

  function onClick(event) {
    const target = event.target;
    closeMenus(target);
    if (target.closest("[data-theme-toggle]")) return toggleTheme();
    const copier = target.closest("[data-copy], [data-copy-link], [data-copy-of]");
    if (copier) return copy(copier);
    // Without a script these two are answered by the server, which gives the form back with another line, or without it.
    const liner = target.closest("[data-add-line], [data-remove-line]");
    if (liner) {
      event.preventDefault();
      return liner.matches("[data-add-line]") ? addLine(liner.closest("fieldset")) : removeLine(liner.closest("tr"));
    }
    if (target.closest("[data-print]")) return print();
    if (target.closest("[data-dismiss]")) return target.closest(".flash")?.remove();
    if (target.closest("[data-dialog-close]")) return target.closest("dialog")?.close();
    const opener = target.closest("[data-dialog]");
    const dialog = opener && document.getElementById(opener.dataset.dialog);
    if (dialog?.showModal) {
      event.preventDefault();
      dialog.showModal();
      return;
    }
    openRow(event);
  }

  // addLine gives a list of rows in a form one more empty line.
  function addLine(fieldset) {
    const lines = fieldset.querySelector("[data-lines]");
    const line = lines.lastElementChild.cloneNode(true);
    empty(line);
    lines.append(line);
    numberLines(lines);
    line.querySelector("input, select").focus();
  }

  // removeLine takes a line out; the last one that is left is emptied instead.
  function removeLine(line) {
    const lines = line.parentNode;
    const next = line.nextElementSibling || line.previousElementSibling;
    if (next) line.remove();
    else empty(line);
    numberLines(lines);
    (next || line).querySelector("input, select").focus();
    const form = lines.closest("[data-invoice]");
    if (form) previewInvoice(form);
  }

  function empty(line) {
    for (const field of line.querySelectorAll("input, select, output")) field.value = "";
  }

  // numberLines names the fields of all lines by their places: the server reads them so.
  function numberLines(lines) {
    [...lines.children].forEach((line, n) => {
      for (const field of line.querySelectorAll("input, select")) {
        const [key, , column] = field.name.split(".");
        field.name = `${key}.${n}.${column}`;
      }
      for (const named of line.querySelectorAll("[aria-label]")) {
        named.setAttribute("aria-label", named.getAttribute("aria-label").replace(/\d+$/, n + 1));
      }
      const out = line.querySelector("[data-remove-line]");
      if (out) out.value = `${lines.dataset.lines}.${n}`;
    });
  }

  // ---- Invoices: what the lines come to, before the server says it. Decimals are whole numbers with a scale.

  // decimal reads a number that is not negative; nothing is zero, and null is what cannot be read.
  function decimal(text) {
    const parts = /^\s*(\d*)(?:\.(\d*))?\s*$/.exec(text);
    if (!parts) return null;
    const places = parts[2] || "";
    return { digits: BigInt((parts[1] || "0") + places), scale: places.length };
  }

  // cents rounds half up.
  function cents({ digits, scale }) {
    if (scale <= 2) return digits * 10n ** BigInt(2 - scale);
    return (digits + 5n * 10n ** BigInt(scale - 3)) / 10n ** BigInt(scale - 2);
  }

  const times = (a, b) => ({ digits: a.digits * b.digits, scale: a.scale + b.scale });
  // taxed is 1 + tax per cent.
  const taxed = (tax) => ({ digits: 100n * 10n ** BigInt(tax.scale) + tax.digits, scale: tax.scale + 2 });

  function moneyText(amount) {
    const sign = amount < 0n ? "-" : "";
    const digits = String(amount < 0n ? -amount : amount).padStart(3, "0");
    return sign + digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",") + "." + digits.slice(-2);
  }

  function previewInvoice(form) {
    let subtotal = 0n;
    let total = 0n;
    let readable = true;
    for (const line of form.querySelectorAll("[data-lines] tr")) {
      const [name, quantity, price, tax] = [...line.querySelectorAll("input")].map((input) => input.value);
      const shown = line.querySelector("[data-line-amount]");
      const numbers = [quantity, price, tax].map(decimal);
      if (numbers.includes(null)) {
        readable = false;
        shown.value = "";
        continue;
      }
      const net = times(numbers[0], numbers[1]);
      subtotal += cents(net);
      total += cents(times(net, taxed(numbers[2])));
      shown.value = name + quantity + price === "" ? "" : moneyText(cents(net));
    }
    const discount = decimal(form.querySelector("[name=discount]").value);
    readable = readable && discount !== null;
    const show = (key, amount) => (form.querySelector(`[data-sum=${key}]`).textContent = readable ? moneyText(amount) : "");
    show("subtotal", subtotal);
    show("tax", total - subtotal);
    show("total", readable ? total - cents(discount) : 0n);
  }

  const plainClick = (event) => !event.defaultPrevented && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;

  function openRow(event) {
    const row = event.target.closest("table[data-rows] tbody tr");
    if (!row || !plainClick(event)) return;
    if (event.target.closest("a, button, input, label, select, textarea, summary")) return;
    if (String(getSelection())) return; // text is being copied
    rowLink(row)?.click();
  }

  const typing = (element) => element.matches("input:not([type=checkbox]), select, textarea, [contenteditable]");

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.matches?.("[data-complete]")) completionKey(event, event.target);
    if (event.defaultPrevented) return;
    if (event.key === "Escape") return escape(event);
    if (event.key === "Enter" && event.target.matches?.(".fold-box")) return event.target.click();
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key.length === 1 && event.key !== " ") return characterKey(event);
    moveRow(event, event.key);
  }

  // Shortcuts of single characters can be switched off: who speaks to the computer types by accident.
  const shortcutsOn = () => {
    try {
      return localStorage.getItem("shortcuts") !== "off";
    } catch {
      return true; // storage is switched off
    }
  };

  function switchShortcuts(on) {
    try {
      if (on) localStorage.removeItem("shortcuts");
      else localStorage.setItem("shortcuts", "off");
    } catch {
      flash("error", "The browser keeps no settings here: the shortcuts stay on.");
    }
  }

  function characterKey(event) {
    if (!shortcutsOn()) return;
    const { key } = event;
    if (key === "j" || key === "k") return moveRow(event, key === "j" ? "ArrowDown" : "ArrowUp");
    if (key === "?" && window.htmx) {
      event.preventDefault();
      return htmx.ajax("GET", "/keyboard", { target: "body", swap: "beforeend" });
    }
    const target = document.querySelector(key === "/" ? "[data-search]" : `[aria-keyshortcuts="${CSS.escape(key)}"]`);
    if (!target?.checkVisibility()) return;
    event.preventDefault();
    target.focus();
    if (key === "/") target.select?.();
    else target.click();
  }

  function escape(event) {
    if (document.querySelector("dialog[open]")) return; // the browser closes it
    const menu = document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      if (menu.contains(event.target)) menu.querySelector("summary").focus();
      return;
    }
    if (typing(event.target) && !event.target.closest("[data-drawer]")) return;
    document.querySelector("[data-drawer] [data-drawer-close]")?.click();
  }

  function moveRow(event, key) {
    // A letter goes from wherever one is: to the first row that is seen.
    const inRow = event.target.closest("table[data-rows] tbody tr");
    const row = inRow || (key !== event.key && document.querySelector("tr.is-selected, table[data-rows] tbody tr:has([data-row-link])"));
    if (!row) return;
    const rows = [...row.closest("table").querySelectorAll("tbody tr")].filter((other) => rowLink(other) && (other === row || other.checkVisibility()));
    const at = rows.indexOf(row);
    const next = inRow || row.matches(".is-selected") ? { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[key] : at;
    if (next === undefined || !rows[next]) return;
    event.preventDefault();
    rowLink(rows[next]).focus();
    rows[next].scrollIntoView({ block: "nearest" });
  }

  // ---- Start

  const prepared = new WeakSet();
  const once = (scope, selector, prepare) => {
    for (const element of all(scope, selector)) {
      if (!prepared.has(element)) {
        prepared.add(element);
        prepare(element);
      }
    }
  };

  function showType(form) {
    const type = form.elements.type.value;
    for (const part of form.querySelectorAll("[data-type]")) part.hidden = part.dataset.type !== type;
  }

  function prepare(scope) {
    labelThemeToggles(scope);
    once(scope, "form[data-types]", showType);
    once(scope, "dialog[data-dialog-auto]", openAuto);
    once(scope, "[data-complete]", completion);
    once(scope, "[data-shortcuts]", (box) => (box.checked = shortcutsOn()));
    if (!window.Sortable) return;
    once(scope, "[data-board-column]", sortCards);
    once(scope, "[data-sortable]", sortList);
  }

  configureHtmx();
  document.addEventListener("submit", confirmSubmit, true);
  document.addEventListener("submit", submitOnce);
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", collapseParts, true);
  document.addEventListener("change", onChange, true);
  document.addEventListener("input", onInput);
  // Filters that are not set do not stand in the address.
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.verb !== "get") return;
    for (const [name, value] of [...detail.formData.entries()]) {
      if (value === "" && detail.formData.getAll(name).length === 1) detail.formData.delete(name);
    }
  });
  document.addEventListener("htmx:afterSettle", () => {
    const note = document.getElementById("audit-q-note");
    if (note) document.getElementById("audit-q").setAttribute("aria-invalid", String(note.childElementCount > 0));
  });
  // A form that redraws itself may be changed while the answer is under way, which would take the change back: it is asked for anew.
  const sent = new WeakMap();
  const said = (form) => new URLSearchParams(new FormData(form)).toString();
  document.addEventListener("htmx:beforeRequest", ({ detail: { xhr, target } }) => {
    if (target.matches("form[data-refreshes]")) sent.set(xhr, said(target));
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const { xhr, target, requestConfig } = detail;
    if (!detail.shouldSwap || !sent.has(xhr) || sent.get(xhr) === said(target)) return;
    detail.shouldSwap = false;
    setTimeout(() => requestConfig.elt.click()); // this request has ended then
  });
  document.addEventListener("htmx:load", (event) => prepare(event.target));
  document.addEventListener("htmx:sendError", () => flash("error", "The server could not be reached. Try again."));
  document.addEventListener("htmx:responseError", async (event) => {
    const { status, responseText } = event.detail.xhr;
    flash("error", await problem(new Response(responseText, { status: status >= 200 ? status : 500 })));
  });
  document.addEventListener("DOMContentLoaded", () => {
    configureHtmx();
    prepare(document.body);
  });
  window.backtrail = { flash, send, shortcutsOn }; // for the scripts of single pages
  window.addEventListener("pageshow", () => all(document, "form").forEach(release));
})();
