// Runs axe-core, which the page must already hold, and returns its violations: of contrast, of all else, or of both.
async ({ contrast, others }) => {
  const options = { resultTypes: ["violations"], preload: false };
  const judged = [];
  const away = [];
  // Takes out, until all is judged, what comes later than some of its kind: the page is whole again afterwards.
  const thin = (elements, kindOf, most) => {
    const kinds = new Map();
    for (const [element, kind] of [...elements].map((one) => [one, kindOf(one)])) {
      kinds.set(kind, (kinds.get(kind) || 0) + 1);
      if (kinds.get(kind) <= most || element.contains(document.activeElement)) continue;
      const place = document.createComment("");
      element.replaceWith(place);
      away.push([place, element]);
    }
  };
  const words = (element) => ["class", "style", "fill"].map((name) => element.getAttribute(name) || "").join();
  const placeOf = (element) => {
    const chain = [element.checkVisibility() && element.textContent.trim().length > 1]; // axe judges no single sign
    for (let at = element; at && chain.length < 7; at = at.parentElement) chain.push(`${at.tagName} ${words(at)}`);
    return chain.join();
  };
  const rows = (most) => document.querySelectorAll("tbody").forEach((body) => thin([...body.rows], words, most));
  if (others) {
    rows(40);
    thin(document.querySelectorAll("details"), placeOf, 8);
    judged.push(await axe.run(document, { ...options, rules: { "color-contrast": { enabled: false } } }));
  }
  if (contrast) {
    // Contrast costs ten times all other rules together, and texts in one kind of place look alike.
    rows(2);
    // From within outwards: what lost all that it held has become such a text itself.
    for (let pass = 0; pass < 3; pass++) {
      thin([...document.body.querySelectorAll("*")].filter((element) => !element.firstElementChild), placeOf, 3);
    }
    judged.push(await axe.run(document, { ...options, runOnly: ["color-contrast"] }));
  }
  for (const [place, element] of away.reverse()) place.replaceWith(element);
  return judged
    .flatMap(({ violations }) => violations)
    .flatMap(({ id, impact, nodes }) => nodes.map((node) => ({ id, impact, node })))
    .map(({ id, impact, node }) => ({
      id,
      impact,
      target: node.target.join(" "),
      why: node.failureSummary.split("\n").slice(1, 2).join("").trim(),
    }));
};
