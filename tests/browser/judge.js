// Runs axe-core, which the page must already hold, and returns its violations: of contrast, of all else, or of both.
async ({ contrast, others }) => {
  const options = { resultTypes: ["violations"], preload: false };
  const judged = [];
  if (others) judged.push(await axe.run(document, { ...options, rules: { "color-contrast": { enabled: false } } }));
  if (contrast) {
    // Contrast costs ten times all other rules together, and rows of one class look alike: two stand for the rest.
    for (const body of document.querySelectorAll("tbody")) {
      const rows = new Map();
      for (const row of body.rows) {
        rows.set(row.className, (rows.get(row.className) || 0) + 1);
        if (rows.get(row.className) > 2) row.style.display = "none";
      }
    }
    judged.push(await axe.run(document, { ...options, runOnly: ["color-contrast"] }));
  }
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
