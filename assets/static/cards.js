// Each quoted number opens to a card: what it is, how it was computed, by which other methods, and where.
// All of it stands in the page's own block of data; nothing is fetched. Without script the numbers are plain text.
document.addEventListener("DOMContentLoaded", () => {
  const source = document.getElementById("hai-cards");
  const article = document.querySelector("article");
  if (!source || !article) return;
  let data = JSON.parse(source.textContent);
  const NUMBER = ".hai-value[data-key]";
  const OPEN_DELAY = 250; // milliseconds that a pointer rests before a card opens
  const CLOSE_DELAY = 300; // and may stray on its way to the card
  const MARGIN = 8; // pixels between card, number and the edge of the window

  // --- the card ---
  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children.filter((child) => child !== "" && child != null));
    return made;
  };
  const card = element("div", { id: "hai-card", tabIndex: -1 });
  card.setAttribute("role", "dialog");
  card.setAttribute("aria-labelledby", "hai-card-title");
  card.setAttribute("popover", "manual");
  const hint = element("div", { id: "hai-card-hint", hidden: true, textContent: data.hint });
  article.append(hint, card);
  article.classList.add("hai-with-cards");

  const methodName = (method) => data.methods[method] || method;
  const limits = (row) => (row[5] || row[6] ? `${row[5] || "NE"} to ${row[6] || "NE"}` : "");
  const code = (text) => element("code", { textContent: text });
  const unbroken = (text) => element("span", { className: "hai-digits", textContent: text });

  const facts = (number, key, entry, row) => {
    const list = element("dl");
    const add = (term, ...content) => {
      const said = content.filter((part) => part !== "" && part != null);
      if (said.length) list.append(element("div", {}, element("dt", { textContent: term }), element("dd", {}, ...said)));
    };
    const interval = limits(row) ? row : entry.rows.find((other) => other[0] === entry.interval) || [];
    add("Printed", number.textContent);
    add("Value", row[2] ? unbroken(row[2]) : "none", row[2] && entry.unit ? ` ${entry.unit}` : "");
    add("n", row[3] ?? "");
    add("Population", entry.population);
    add("Method", row[0] ? methodName(row[0]) : "");
    add("Note", row[4] || "");
    add("Limit of", entry.of || "");
    const between = limits(interval);
    const rule = interval[0] && interval[0] !== row[0] ? `; ${methodName(interval[0])}` : "";
    const unit = entry.interval_unit ? ` ${entry.interval_unit}` : "";
    add(data.interval, between ? unbroken(between) : "", between ? unit + rule : "");
    add("Key", code(row === entry.rows[0] ? key : `${key}@${row[0]}`));
    (entry.article || []).forEach(([place, text, href], at) => {
      add(at ? "" : "In the article", element("a", { href, textContent: place }), `: ${text}`);
    });
    return list;
  };

  const others = (entry, row) => {
    const rest = entry.rows.filter((other) => other !== row && other[0] !== entry.interval);
    if (!rest.length) return "";
    const body = element("tbody");
    for (const other of rest) {
      const head = element("th", { scope: "row", textContent: methodName(other[0]) });
      const value = element("td", {}, other[1] || "", other[2] ? element("small", { textContent: other[2] }) : "");
      if (limits(other)) value.append(element("small", { textContent: limits(other) }));
      if (other[4]) value.append(element("small", { textContent: other[4] }));
      body.append(element("tr", {}, head, value));
    }
    return element("table", {}, element("caption", { textContent: "By other methods" }), body);
  };

  // The page with what enters the number, each step and code that checks it; or why there is none.
  const evidence = (key, entry, row) => {
    const [variable, ...methods] = entry.evidence || [];
    if (entry.none !== undefined && row === entry.rows[0]) return element("p", {}, `No evidence: ${data.reasons[entry.none]}`);
    if (!methods.includes(row[0])) return "";
    const href = `${data.evidence}/${variable}.html#${row === entry.rows[0] ? key : `${key}@${row[0]}`}`;
    return element("p", {}, element("a", { href, textContent: "Evidence: what enters, each step, code to check it" }));
  };

  const folded = (words, ...content) => element("details", {}, element("summary", { textContent: words }), ...content);

  const origin = (number, key, entry, row) => {
    const chapter = data.chapters[entry.chapter] || { title: entry.chapter };
    const made = element("p", {}, "Computed in ");
    made.append(chapter.href ? element("a", { href: chapter.href, textContent: chapter.title }) : chapter.title);
    if (chapter.cell) made.append(`, “${chapter.cell}”`);
    const shown = number.closest("div.cell")?.querySelector(".cell_input pre")?.textContent.trim();
    const parts = [made];
    if (chapter.code) {
      const pre = element("pre", { tabIndex: 0, textContent: [chapter.code, shown && `# shown by\n${shown}`].filter(Boolean).join("\n\n") });
      pre.setAttribute("aria-label", "Code");
      pre.setAttribute("role", "region");
      parts.push(folded("Code", pre));
    }
    const words = `hai number ${key}${row === entry.rows[0] ? "" : ` --method ${row[0]}`}`;
    parts.push(folded("Reproduce this number", element("p", {}, element("a", { href: data.build, textContent: "Make the run again" })), element("p", {}, code(words))));
    const whole = element("p", { className: "hai-card-data" });
    if (data.sha256) whole.append("Data: SHA-256 ", code(data.sha256), ". ");
    whole.append(element("a", { href: data.run, textContent: "This run" }));
    if (data.keys) whole.append(" · ", element("a", { href: data.keys, textContent: "All numbers" }));
    return [...parts, whole];
  };

  const fill = (number) => {
    const key = number.dataset.key;
    const entry = data.cards[key];
    const row = entry.rows.find((other) => number.dataset.method && other[0] === number.dataset.method) || entry.rows[0];
    const close = element("button", { type: "button", className: "hai-card-close", textContent: "×" });
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", () => shut(true));
    const title = element("p", { id: "hai-card-title" }, element("strong", { textContent: entry.label }), `: ${entry.statistic}`);
    card.replaceChildren(close, title, facts(number, key, entry, row), evidence(key, entry, row), others(entry, row), ...origin(number, key, entry, row));
  };

  // Below the number where there is room, else above; where there is little of either, over it. Never off the window.
  const place = () => {
    if (!current) return;
    const box = [...current.getClientRects()].at(-1);
    const { clientWidth: width, clientHeight: height } = document.documentElement;
    card.style.maxHeight = "none";
    const wide = card.offsetWidth, high = card.offsetHeight;
    const below = height - box.bottom - 2 * MARGIN, above = box.top - 2 * MARGIN;
    const wanted = Math.min(high, Math.max(160, below, above), height - 2 * MARGIN);
    const top = below >= wanted ? box.bottom + MARGIN : above >= wanted ? box.top - MARGIN - wanted : MARGIN;
    card.style.maxHeight = `${wanted}px`;
    card.style.top = `${Math.max(MARGIN, Math.min(top, height - wanted - MARGIN))}px`;
    card.style.left = `${Math.max(MARGIN, Math.min(box.left, width - wide - MARGIN))}px`;
  };

  // --- opening and closing ---
  let current = null; // the number whose card is open
  let pinned = false; // whether it stays when the pointer leaves
  let timer = 0;

  const open = (number, pin) => {
    clearTimeout(timer);
    if (!data.cards[number.dataset.key]) return;
    if (current !== number) {
      if (current) unmark(current);
      current = number;
      fill(number);
      number.classList.add("hai-open");
      if (number.getAttribute("role") === "button") number.setAttribute("aria-expanded", "true");
      card.showPopover?.();
      card.classList.add("hai-shown");
      card.scrollTop = 0;
      place();
    }
    pinned = pin || pinned;
  };
  const unmark = (number) => {
    number.classList.remove("hai-open");
    if (number.getAttribute("role") === "button") number.setAttribute("aria-expanded", "false");
    pinned = false;
  };
  const shut = (back) => {
    clearTimeout(timer);
    if (!current) return;
    const number = current;
    unmark(number);
    current = null;
    if (back) {
      becomeStop(number);
      quiet = true;
      number.focus({ preventScroll: true });
      quiet = false;
    }
    card.hidePopover?.();
    card.classList.remove("hai-shown");
  };

  // --- one tab stop a passage: an exhibit, else a paragraph; arrows move within it ---
  const passages = new Map();
  const passageOf = (number) => number.closest(".hai-exhibit") || number.closest("p, li, dd") || number.parentElement;
  const gather = () => {
    passages.clear();
    for (const number of article.querySelectorAll(NUMBER)) {
      const passage = passageOf(number);
      if (!passages.has(passage)) passages.set(passage, []);
      passages.get(passage).push(number);
    }
  };
  gather();
  let quiet = false; // while the script itself moves the focus
  const becomeStop = (number) => {
    for (const other of passages.get(passageOf(number))) {
      // Only the stop is called a button, so that who listens to a table is not told so at every number.
      for (const name of ["role", "tabindex", "aria-expanded", "aria-describedby", "aria-haspopup"]) other.removeAttribute(name);
    }
    number.setAttribute("role", "button");
    number.setAttribute("aria-haspopup", "dialog");
    number.setAttribute("aria-expanded", String(number === current));
    number.setAttribute("aria-describedby", hint.id);
    number.tabIndex = 0;
  };
  for (const [first] of passages.values()) becomeStop(first);
  // A page whose numbers follow a changed parameter says that it has others.
  document.addEventListener("hai:numbers", (event) => {
    shut(false);
    data = event.detail ?? data;
    gather();
    for (const [first] of passages.values()) becomeStop(first);
  });

  const along = (number, by) => {
    const all = passages.get(passageOf(number));
    return all[all.indexOf(number) + by];
  };
  // The number nearest in the same column of the next row that has one.
  const across = (number, down) => {
    const cell = number.closest("td, th");
    if (!cell) return along(number, down ? 1 : -1);
    let row = cell.parentElement;
    while ((row = down ? row.nextElementSibling : row.previousElementSibling)) {
      const found = row.cells[cell.cellIndex]?.querySelector(NUMBER);
      if (found) return found;
    }
    return null;
  };
  const moves = {
    ArrowRight: (number) => along(number, 1),
    ArrowLeft: (number) => along(number, -1),
    ArrowDown: (number) => across(number, true),
    ArrowUp: (number) => across(number, false),
    Home: (number) => passages.get(passageOf(number))[0],
    End: (number) => passages.get(passageOf(number)).at(-1),
  };

  article.addEventListener("keydown", (event) => {
    const number = event.target.closest?.(NUMBER);
    if (!number || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      open(number, true);
      card.focus({ preventScroll: true });
    } else if (event.key in moves) {
      event.preventDefault();
      const next = moves[event.key](number);
      if (!next) return;
      becomeStop(next);
      next.focus();
    }
  });
  card.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") return;
    const stops = [...card.querySelectorAll("a, button, summary, pre")].filter((stop) => stop.checkVisibility());
    const at = stops.indexOf(document.activeElement);
    // Out of the card at either end is back at its number, from where the page goes on.
    if (event.shiftKey ? at <= 0 : at === stops.length - 1) {
      event.preventDefault();
      shut(true);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && current) shut(card.contains(document.activeElement) || document.activeElement === current);
  });
  article.addEventListener("focusin", (event) => {
    const number = event.target.closest(NUMBER);
    if (number && !quiet && number.matches(":focus-visible")) open(number, false);
  });
  article.addEventListener("focusout", (event) => {
    const to = event.relatedTarget;
    if (current && to && !card.contains(to) && to !== current && !(event.target === current && pinned && !to)) shut(false);
  });

  // --- pointer ---
  document.addEventListener("click", (event) => {
    const number = event.target.closest?.(NUMBER);
    if (number && article.contains(number)) {
      if (current === number && pinned) return shut(false);
      becomeStop(number);
      quiet = true;
      number.focus({ preventScroll: true });
      quiet = false;
      open(number, true);
    }
  });
  // Not on click, which a touch on plain text does not always make.
  document.addEventListener("pointerdown", (event) => {
    if (current && !card.contains(event.target) && !current.contains(event.target)) shut(false);
  });
  const later = (work, delay) => {
    clearTimeout(timer);
    timer = setTimeout(work, delay);
  };
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    const number = event.target.closest?.(NUMBER);
    if (number && article.contains(number) && number !== current && !pinned) later(() => open(number, false), OPEN_DELAY);
    else if (number === current || card.contains(event.target)) clearTimeout(timer);
    else if (current && !pinned && document.activeElement !== current) later(() => shut(false), CLOSE_DELAY);
    else clearTimeout(timer);
  });
  window.addEventListener("resize", place);
  window.addEventListener("scroll", (event) => card.contains(event.target) || place(), { capture: true, passive: true });
  window.addEventListener("beforeprint", () => shut(false));
});
