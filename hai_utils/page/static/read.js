/* The choices of a page of the book: a change is asked of the server, and what it answers is put in its place and marked. */
"use strict";
(() => {
  const id = (name) => document.getElementById(name);
  const bar = id("hai-bar"), panel = id("hai-panel"), list = id("hai-changes"), form = id("hai-choices");
  const { study, page } = bar.dataset;
  const docname = page.replace(/\.html$/, "");
  const at = (what) => `/study/${study}/live/${what}`;
  const article = () => document.querySelector("article.bd-article");
  const say = (words) => { id("hai-said").textContent = words; };
  const made = (name, text, ...children) => { const one = document.createElement(name); one.append(...(text == null ? [] : [text]), ...children); return one; };
  const query = (choices) => new URLSearchParams(choices).toString();
  const fromAddress = () => { const found = Object.fromEntries(new URLSearchParams(location.search)); delete found.bare; return found; };
  let now = fromAddress(), before = null, asking = null;

  /* What a page asked for when it was left is no longer of use, and what answers then finds another page to write to. */
  let left = false;
  addEventListener("pagehide", () => { left = true; asking?.abort(); asking = null; });
  addEventListener("pageshow", () => { left = false; });

  /* --- opening and closing --- */
  const below = () => { if (innerWidth > 640) for (const part of [panel, list]) part.style.top = `${Math.max(0, bar.getBoundingClientRect().bottom)}px`; };
  new ResizeObserver(below).observe(bar);
  const opens = (button, part) => {
    const turn = (open) => {
      part.hidden = !open;
      below();
      button.setAttribute("aria-expanded", String(open));
      if (part === panel) document.documentElement.classList.toggle("hai-paneled", open);
      (open ? part : button).focus({ preventScroll: true });
    };
    button.addEventListener("click", () => turn(part.hidden));
    part.querySelector(".hai-shut").addEventListener("click", () => turn(false));
    part.addEventListener("keydown", (event) => { if (event.key === "Escape") turn(false); });
  };
  opens(id("hai-open"), panel);
  opens(id("hai-list"), list);

  /* --- the form and the choices that it says --- */
  const valueOf = (box) => box.dataset.kind === "several"
    ? [...box.querySelectorAll("input:checked")].map((one) => one.value).join(", ")
    : box.querySelector("select, input").value.trim();
  const said = () => {
    const found = {}, criterion = id("in-response_criterion")?.value;
    for (const box of form.querySelectorAll(".hai-field")) {
      /* What a criterion does not leave open has no effect under it. */
      if (box.dataset.under && criterion) box.hidden = !box.dataset.under.split(" ").includes(criterion);
      if (box.hidden) continue;
      const value = valueOf(box);
      box.classList.toggle("hai-other", value !== box.dataset.usual);
      if (value !== box.dataset.usual) found[box.dataset.name] = value;
    }
    return found;
  };
  const write = (choices) => {
    for (const box of form.querySelectorAll(".hai-field")) {
      const value = choices[box.dataset.name] ?? box.dataset.usual;
      if (box.dataset.kind === "several") for (const one of box.querySelectorAll("input[type=checkbox]")) one.checked = value.split(", ").includes(one.value);
      else box.querySelector("select, input").value = value;
    }
    said();
  };
  const levels = { "in-group_by": true };
  form.addEventListener("change", (event) => {
    const choices = said();
    /* Another column has other levels: the server says which, with the page at that address. */
    if (levels[event.target.id]) { delete choices.reference_group; location.search = query(choices); return; }
    change(choices);
  });
  form.addEventListener("submit", (event) => event.preventDefault());

  /* --- a change --- */
  async function change(choices, push = true) {
    asking?.abort();
    const mine = asking = new AbortController(), last = now, start = performance.now();
    if (article().querySelector(".hai-filter")) { location.search = query(choices); return; }
    id("hai-refused").hidden = true;
    const slow = setTimeout(() => { say("Computing."); id("hai-stop").hidden = false; }, 1000);
    const post = (what, content) => fetch(at(what), { method: "POST", body: JSON.stringify(content), signal: mine.signal });
    const difference = post("changes", { page: docname, before: last, now: choices }).then((answer) => answer.json());
    difference.catch(() => {});
    try {
      const answer = await post("page", { page: docname, now: choices });
      let keys = [], numbers = 0;
      for await (const line of linesOf(answer)) {
        if (line.refused) throw new Refused(line.refused);
        if (line.body !== undefined) {
          numbers = show(line);
          keys = line.keys;
          now = choices;
          if (push) history.pushState({}, "", choices && query(choices) ? `?${query(choices)}` : location.pathname);
          relink();
          document.dispatchEvent(new CustomEvent("hai:text", { detail: performance.now() - start }));
        } else if (line.figure) draw(line);
      }
      document.dispatchEvent(new CustomEvent("hai:figures", { detail: performance.now() - start }));
      before = last;
      for (const name of ["hai-back", "hai-beside"]) id(name).hidden = false;
      id("hai-own").hidden = !query(now);
      const found = await difference;
      if (found.refused) throw new Refused(found.refused);
      tell(found, numbers);
      await recard(post, choices, keys);
      if (found.same_structure === false) await settle(post, choices);
      document.dispatchEvent(new CustomEvent("hai:settled", { detail: performance.now() - start }));
    } catch (error) {
      if (error instanceof Refused) {
        id("hai-refused").textContent = error.lines.join(" ");
        id("hai-refused").hidden = false;
        say(`Not possible: ${error.lines.join(" ")}`);
      } else if (error.name !== "AbortError") gone(() => change(choices, push));
    } finally {
      clearTimeout(slow);
      const stop = id("hai-stop");
      if (asking === mine && stop) stop.hidden = true;
    }
  }
  class Refused extends Error { constructor(lines) { super(); this.lines = lines; } }
  id("hai-stop").addEventListener("click", () => { asking?.abort(); write(now); say(`Stopped. ${article().querySelector("svg[data-waits]") ? "The text shows the new choices; the pale figures are still those of the choices before." : "The page shows the choices before."}`); });

  async function* linesOf(answer) {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let parts = [];
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      const ends = value.split("\n");
      parts.push(ends[0]);
      for (const next of ends.slice(1)) {
        const whole = parts.join("");
        parts = [next];
        if (whole) yield JSON.parse(whole);
      }
    }
    const rest = parts.join("");
    if (rest) yield JSON.parse(rest);
  }

  /* Put the text in its place and mark the numbers that are other ones; a drawing stays until its successor is there. */
  const texts = () => {
    const found = new Map(), count = new Map();
    for (const one of article().querySelectorAll(".hai-value[data-key]")) {
      const key = `${one.dataset.key}@${one.dataset.method ?? ""}`, place = count.get(key) ?? 0;
      count.set(key, place + 1);
      found.set(`${key} ${place}`, one);
    }
    return found;
  };
  function show(line) {
    const was = new Map([...texts()].map(([key, one]) => [key, one.textContent]));
    const body = line.body.replace(/<!--drawing ([\w-]+)-->/g, (place, name) => {
      const old = document.querySelector(`svg[aria-labelledby^="${name}-title"]`);
      return old ? old.outerHTML.replace("<svg ", `<svg data-waits="${name}" `) : `<svg data-waits="${name}"></svg>`;
    });
    const next = document.createElement("article");
    next.className = article().className;
    next.innerHTML = body;
    for (const details of article().querySelectorAll("details[open][id]")) next.querySelector(`details[id="${details.id}"]`)?.setAttribute("open", "");
    Idiomorph.morph(article(), [...next.childNodes], { morphStyle: "innerHTML", callbacks: { beforeNodeRemoved: (node) => !node.matches?.("#hai-card, #hai-card-hint, #hai-cards, .copybtn") } });
    let changed = 0;
    for (const [key, one] of texts()) {
      const other = was.get(key) !== one.textContent;
      one.classList.toggle("hai-changed", other);
      changed += other;
    }
    document.dispatchEvent(new CustomEvent("hai:numbers"));
    return changed;
  }
  function draw({ figure, svg }) {
    const old = article().querySelector(`svg[data-waits="${figure}"]`);
    if (!old) return;
    const box = document.createElement("div");
    box.innerHTML = svg;
    const next = box.firstElementChild, holder = old.closest("figure");
    const bare = old.cloneNode(true);
    bare.removeAttribute("data-waits");
    holder?.classList.toggle("hai-changed", bare.outerHTML !== next.outerHTML);
    old.replaceWith(next);
  }
  /* The card of a number is filled when it is opened: its links get the choices when they are followed. */
  for (const kind of ["click", "auxclick"]) document.addEventListener(kind, (event) => { if (event.target.closest?.("#hai-card a")) relink(); }, true);
  const relink = () => {
    for (const link of document.querySelectorAll("a[href]")) {
      const href = link.getAttribute("href"), match = /^(?!https?:|#|\/)([^"#?]*\.html)(?:\?[^#]*)?(#.*)?$/.exec(href);
      if (match) link.setAttribute("href", `${match[1]}${query(now) ? `?${query(now)}` : ""}${match[2] ?? ""}`);
    }
  };
  async function recard(post, choices, keys) {
    if (!id("hai-cards")) return;
    const { cards } = await (await post("changes", { page: docname, before: choices, now: choices, keys })).json();
    const block = new DOMParser().parseFromString(cards ?? "", "text/html").getElementById("hai-cards");
    if (!block) return;
    id("hai-cards").textContent = block.textContent;
    document.dispatchEvent(new CustomEvent("hai:numbers", { detail: JSON.parse(block.textContent) }));
  }
  /* Exhibits came or went somewhere in the book: the pages are read again, so that numbers of tables and figures are right. */
  async function settle(post, choices) {
    for await (const line of linesOf(await post("page", { page: docname, now: choices }))) {
      if (line.body !== undefined) show(line);
      else if (line.figure) draw(line);
    }
  }

  /* --- what changed --- */
  const counted = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
  const chapter = (name) => name.replace(/^\d+_/, "").replaceAll("_", " ") || "book";
  function tell(found) {
    if (!found.numbers) return;
    const words = `${counted(found.numbers.length, "number", "numbers")} changed, ${counted(found.conclusions.length, "conclusion", "conclusions")} flipped`;
    say(found.remarks?.length ? found.remarks.join(" ") : words);
    const button = id("hai-list");
    button.hidden = false;
    button.textContent = words;
    const parts = [];
    if (found.settings?.length) parts.push(made("p", found.settings.map(([, meaning, a, b]) => `${meaning}: ${a} → ${b}`).join("; ")));
    if (found.conclusions.length) {
      parts.push(made("h3", "Conclusions that flip"), made("p", "A is the state before, B the present one."));
      const items = found.conclusions.map(([kind, sentence, key, where]) => made("li", `${sentence} `, place(key, where)));
      parts.push(made("ul", null, ...items));
    }
    const by = Map.groupBy ? Map.groupBy(found.numbers, (row) => row[1]) : new Map([["", found.numbers]]);
    for (const [where, rows] of by) {
      const table = document.createElement("table");
      table.append(made("thead", null, made("tr", null, ...["Number", "Before", "Now", ""].map((head) => { const cell = made("th", head); cell.scope = "col"; return cell; }))));
      table.append(made("tbody", null, ...rows.map(([key, , name, a, b]) => { const head = made("th", name); head.scope = "row"; return made("tr", null, head, made("td", a), made("td", b), made("td", null, place(key, where))); })));
      const box = made("details", null, made("summary", `${chapter(where)}: ${counted(rows.length, "number", "numbers")}`), table);
      box.open = docname.endsWith(where) || rows.length < 30;
      parts.push(box);
    }
    const alone = (found.alone ?? [0, 0]).reduce((sum, one) => sum + one, 0);
    if (alone) parts.push(made("p", `${counted(alone, "number is", "numbers are")} there in one of the two states only.`));
    id("hai-difference").replaceChildren(...parts);
  }
  function place(key, where) {
    const link = made("a", "show");
    const here = article().querySelector(`.hai-value[data-key="${CSS.escape(key)}"]`);
    link.href = here ? "#" : `${bar.dataset.book}notebooks/${where}.html${query(now) ? `?${query(now)}` : ""}`;
    link.setAttribute("aria-label", `Show ${key}`);
    if (here) link.addEventListener("click", (event) => {
      event.preventDefault();
      list.hidden = true;
      id("hai-list").setAttribute("aria-expanded", "false");
      const number = article().querySelector(`.hai-value[data-key="${CSS.escape(key)}"]`);
      number?.scrollIntoView({ block: "center" });
      number?.focus();
    });
    return link;
  }

  /* --- to and fro --- */
  id("hai-back").addEventListener("click", () => { const to = before ?? {}; write(to); change(to); });
  id("hai-own").addEventListener("click", () => { write({}); change({}); });
  id("hai-beside").addEventListener("click", () => location.assign(`/study/${study}/beside/${page}?${new URLSearchParams({ a: query(before ?? {}), b: query(now) })}`));
  addEventListener("popstate", () => { if (query(fromAddress()) === query(now)) return; now.hash; write(fromAddress()); change(fromAddress(), false); });

  /* --- keeping --- */
  id("hai-keep").addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch(at("keep"), { method: "POST", body: JSON.stringify({ name: id("hai-name").value, now }) }).catch(() => null);
    const told = await answer?.json().catch(() => null);
    if (told?.refused?.length) { say(told.refused.join(" ")); id("hai-refused").textContent = told.refused.join(" "); id("hai-refused").hidden = false; }
    else if (told) watch();
    else gone(() => {});
  });
  id("hai-kept").addEventListener("click", ({ target }) => {
    if (target.dataset.stop) fetch(at("stop"), { method: "POST", body: JSON.stringify({ name: target.dataset.stop }) });
  });
  const kept = new Set();
  async function watch(wait = false) {
    const builds = await fetch(at("keep") + (wait ? "?wait" : "")).then((answer) => answer.json()).catch(() => null);
    if (!builds) { gone(() => watch()); return; }
    // What has the focus keeps it.
    Idiomorph.morph(id("hai-kept"), builds.map((build) => {
      if (!build.done) {
        const stop = made("button", "Stop");
        stop.type = "button";
        stop.dataset.stop = build.name;
        stop.setAttribute("aria-label", `Stop ${build.name}`);
        return made("li", `${build.name}: ${build.said}, ${build.seconds} s `, stop);
      }
      if (build.refused.length) return made("li", `${build.name}: ${build.refused.join(" ")}`);
      const link = made("a", build.name), take = made("a", "take away");
      link.href = build.address;
      take.href = build.take;
      return made("li", null, link, " is kept: ", take);
    }), { morphStyle: "innerHTML" });
    for (const { name } of builds.filter((build) => build.done && !build.refused.length && !kept.has(build.name))) {
      kept.add(name);
      say(`${name} is kept.`);
      document.dispatchEvent(new CustomEvent("hai:kept", { detail: name }));
    }
    if (builds.some((build) => !build.done)) watch(true);
  }
  watch();

  /* --- the server may end and come back --- */
  let waits = [];
  function gone(then) {
    if (left) return;
    waits.push(then);
    if (waits.length > 1) return;
    id("hai-gone").hidden = false;
    const look = async () => {
      if (left) return;
      if (await fetch("/alive").then((answer) => answer.ok, () => false)) {
        id("hai-gone").hidden = true;
        const all = waits;
        waits = [];
        all.at(-1)();
      } else setTimeout(look, 1000);
    };
    setTimeout(look, 500);
  }
  setInterval(() => { if (!waits.length) fetch("/alive").then((answer) => { if (!answer.ok) throw 0; }).catch(() => gone(() => {})); }, 5000);

  write(now);
  if (query(now)) {
    const keys = [...new Set([...document.querySelectorAll(".hai-value[data-key]")].map((one) => one.dataset.key))];
    recard((what, content) => fetch(at(what), { method: "POST", body: JSON.stringify(content) }), now, keys).catch(() => {});
  }
})();
