// Filter and search in the table of printed numbers, offline. Without script the whole table stands there.
document.addEventListener("DOMContentLoaded", () => {
  const table = document.getElementById("table-ledger");
  if (!table) return;
  const rows = [...table.querySelectorAll("tbody tr")];
  const verdictOf = (row) => row.cells[row.cells.length - 1].textContent.trim().split(".")[0];
  const verdicts = [...new Set(rows.map(verdictOf))].sort();

  const box = document.createElement("div");
  box.className = "hai-filter";
  box.setAttribute("role", "search");
  box.setAttribute("aria-label", "Printed numbers");
  const word = Object.assign(document.createElement("input"), { type: "search", id: "ledger-word" });
  const choice = Object.assign(document.createElement("select"), { id: "ledger-verdict" });
  const count = document.createElement("output");
  const labelled = (text, control) => {
    const label = document.createElement("label");
    label.append(text + " ", control);
    return label;
  };
  choice.append(new Option("All", ""), ...verdicts.map((verdict) => new Option(verdict, verdict)));
  box.append(labelled("Search", word), labelled("Verdict", choice), count);
  table.parentElement.insertBefore(box, table);

  const apply = () => {
    const wanted = word.value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      const fits = (!choice.value || verdictOf(row) === choice.value) && row.textContent.toLowerCase().includes(wanted);
      row.hidden = !fits;
      shown += fits;
    }
    count.textContent = `${shown} of ${rows.length} shown`;
  };
  word.addEventListener("input", apply);
  choice.addEventListener("change", apply);
  // A link to a number that is filtered away shows it again.
  window.addEventListener("hashchange", () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target && target.hidden) {
      word.value = choice.value = "";
      apply();
      target.scrollIntoView();
    }
  });
  apply();
});

// The filter over the list of all numbers: opens the variables that hold what is looked for. Without script all are there.
document.addEventListener("DOMContentLoaded", () => {
  const list = document.getElementById("hai-keys");
  if (!list) return;
  const variables = [...list.querySelectorAll("details")].map((box) => ({
    box,
    name: box.querySelector("summary").textContent.toLowerCase(),
    rows: [...box.querySelectorAll("tbody tr")].map((row) => ({ row, text: row.textContent.toLowerCase() })),
  }));
  const total = variables.reduce((sum, { rows }) => sum + rows.length, 0);
  const MOST_OPEN = 400; // rows beyond which the variables stay folded

  const bar = document.createElement("div");
  bar.className = "hai-filter";
  bar.setAttribute("role", "search");
  bar.setAttribute("aria-label", "Numbers");
  const word = Object.assign(document.createElement("input"), { type: "search", id: "keys-word" });
  const label = document.createElement("label");
  label.append("Find ", word);
  const count = document.createElement("output");
  bar.append(label, count);
  list.before(bar);

  const apply = () => {
    const wanted = word.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { box, name, rows } of variables) {
      let here = 0;
      for (const { row, text } of rows) {
        const fits = wanted.every((part) => text.includes(part) || name.includes(part));
        row.hidden = !fits;
        here += fits;
      }
      box.hidden = !here;
      shown += here;
    }
    for (const { box } of variables) box.open = wanted.length > 0 && shown <= MOST_OPEN && !box.hidden;
    count.textContent = `${shown} of ${total} shown`;
  };
  let timer = 0;
  word.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(apply, 120);
  });
  apply();
});
