// Runs in an opened page and returns what a reader would stumble over, with the page's ids, links and words.
() => {
  const found = [];
  const report = (kind, what) => found.push({ kind, what });
  const root = document.documentElement;
  const width = root.clientWidth;
  const SLACK = 1.5; // pixels that rounding may cost
  const SMALLEST_TEXT = 9; // pixels of height; below, nobody reads it
  const UNSEEN = "script, style, noscript, template, title, desc, mjx-assistive-mml, option";
  const CODE = "pre, code, dl.py"; // the reference says which argument may be None

  const shown = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true, contentVisibilityAuto: true });
  const named = (element) => {
    const id = element.id ? `#${element.id}` : "";
    const cls = typeof element.className === "string" && element.className ? `.${element.className.split(" ")[0]}` : "";
    return `${element.tagName.toLowerCase()}${id || cls}`;
  };
  const short = (text) => {
    const words = text.replace(/\s+/g, " ").trim();
    return words.length > 50 ? `${words.slice(0, 50)}…` : words;
  };
  const style = new Map();
  const styleOf = (element) => {
    if (!style.has(element)) style.set(element, getComputedStyle(element));
    return style.get(element);
  };
  const ancestors = function* (element) {
    for (let at = element; at && at !== document.body; at = at.parentElement) yield at;
  };
  const scrolls = (element) => /auto|scroll/.test(`${styleOf(element).overflowX} ${styleOf(element).overflowY}`);
  const clips = (element) => /hidden|clip/.test(styleOf(element).overflowX);
  const inScroller = (element) => [...ancestors(element)].some(scrolls);

  // The document and its elements stay within the window.
  const reach = Math.max(root.scrollWidth, document.body.scrollWidth);
  if (reach > width) report("layout", `the page is ${reach} px wide in a window of ${width} px`);
  for (const element of document.body.querySelectorAll("*")) {
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height || box.bottom <= 0 || (box.right <= width + SLACK && box.left >= -SLACK)) continue;
    const parent = element.parentElement.getBoundingClientRect();
    if (parent.right > width + SLACK || parent.left < -SLACK || element.closest(UNSEEN)) continue;
    if (shown(element) && !inScroller(element.parentElement)) report("layout", `${named(element)} sticks out of the page`);
  }

  // Text is neither cut, nor out of its box, nor under other text.
  const lines = [];
  const words = [];
  const range = document.createRange(); // one: each that lives on makes every later change of the page slower
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const text = node.data;
    const parent = node.parentElement;
    if (!text.trim() || parent.closest(UNSEEN)) continue;
    // "None" may be the name of a category, which heads a row; as a value it is a failed one.
    if (!parent.closest(CODE) && !(text.trim() === "None" && parent.closest("th[scope=row]"))) words.push(text);
    if (!shown(parent)) continue;
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width < 1 || box.height < 1 || box.bottom <= 0) continue;
      const line = { text, left: box.left, right: box.right, top: box.top, bottom: box.bottom, parent };
      if (box.height < SMALLEST_TEXT) report("layout", `“${short(text)}” is ${box.height.toFixed(0)} px high`);
      examine(line);
      if (line.right - line.left > 1 && line.bottom - line.top > 1) lines.push(line);
    }
  }
  function examine(line) {
    const cell = line.parent.closest("td, th");
    const frame = cell && cell.getBoundingClientRect();
    // A heading alone in its row runs over the empty cells beside it, as far as the table goes.
    const alone = cell && cell.closest("tr.hai-alone") && line.right <= cell.parentElement.getBoundingClientRect().right + SLACK;
    if (frame && !alone && (line.right > frame.right + SLACK || line.left < frame.left - SLACK)) {
      report("layout", `“${short(line.text)}” sticks out of its cell`);
    }
    for (const holder of ancestors(line.parent)) {
      const box = holder.getBoundingClientRect();
      const outside = line.right > box.right + SLACK || line.left < box.left - SLACK;
      const beyond = line.bottom > box.bottom + SLACK || line.top < box.top - SLACK;
      if (scrolls(holder)) {
        line.left = Math.max(line.left, box.left);
        line.right = Math.min(line.right, box.right);
        line.top = Math.max(line.top, box.top);
        line.bottom = Math.min(line.bottom, box.bottom);
      } else if (clips(holder) && (outside || beyond) && box.width > 2 && box.height > 2) {
        report("layout", `“${short(line.text)}” is cut by ${named(holder)}`);
        return;
      }
    }
  }
  lines.sort((a, b) => a.top - b.top);
  const seen = new Set();
  lines.forEach((upper, place) => {
    for (let next = place + 1; next < lines.length && lines[next].top < upper.bottom; next++) {
      const lower = lines[next];
      const across = Math.min(upper.right, lower.right) - Math.max(upper.left, lower.left);
      const down = Math.min(upper.bottom, lower.bottom) - lower.top;
      const height = Math.min(upper.bottom - upper.top, lower.bottom - lower.top);
      if (across <= 2 || down <= 0.4 * height) continue;
      // A halo is the same words drawn twice in one place.
      if (upper.text === lower.text && Math.abs(upper.left - lower.left) < 1) continue;
      const what = `“${short(upper.text)}” and “${short(lower.text)}” overlap`;
      if (!seen.has(what)) report("layout", what);
      seen.add(what);
    }
  });

  // Every picture has words for who does not see it.
  const wordsOf = (ids) => (ids || "").split(/\s+/).map((id) => document.getElementById(id)?.textContent || "").join("");
  for (const picture of document.querySelectorAll("img, svg")) {
    if (picture.closest("[aria-hidden=true], [role=presentation]") || picture.parentElement.closest("svg")) continue;
    const own = picture.tagName === "IMG" ? picture.alt : picture.querySelector(":scope > title")?.textContent;
    const label = picture.getAttribute("aria-label") || wordsOf(picture.getAttribute("aria-labelledby")) || own || "";
    if (!label.trim()) report("alternatives", `${named(picture)} in ${named(picture.parentElement)} has no text alternative`);
  }

  // Ids are unique; headings begin with one of the first level and leave no level out.
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids.filter((id, place) => ids.indexOf(id) !== place))) report("ids", `two elements have the id ${id}`);
  const levels = [...document.querySelectorAll("main :is(h1, h2, h3, h4, h5, h6)")].filter(shown).map((h) => Number(h.tagName[1]));
  if (levels.filter((level) => level === 1).length !== 1) report("headings", "the page has not exactly one first heading");
  levels.forEach((level, place) => {
    if (level > (levels[place - 1] || 0) + 1) report("headings", `a heading of level ${level} follows one of level ${levels[place - 1] || 0}`);
  });

  for (const element of document.querySelectorAll("[alt], [title], [aria-label], [placeholder]")) {
    for (const name of ["alt", "title", "aria-label", "placeholder"]) words.push(element.getAttribute(name) || "");
  }
  for (const element of document.querySelectorAll("svg > title, svg > desc")) words.push(element.textContent);
  const links = [...document.querySelectorAll("a[href], area[href], link[href]")].map((element) => element.href);
  const files = [...document.querySelectorAll("img[src], script[src], source[src]")].map((element) => element.src);
  return { found, ids, links: [...new Set([...links, ...files])].map(String), words: [document.title, ...words] };
};
