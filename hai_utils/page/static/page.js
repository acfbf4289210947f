/* What the page does beyond plain forms: takes files, sends a form as it changes, waits for what takes long, sees the server go. */
"use strict";
const main = () => document.querySelector("main");
const say = (words) => { document.getElementById("said").textContent = words; };

/* Put an answer in the place of the present page; what has the focus keeps it. */
async function show(answer) {
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!next.querySelector("main")) return;
  /* A page of the book has a look and scripts of its own: it is opened, not put in the place of this one. */
  if (!next.getElementById("said")) {
    if (answer.url === location.href.split("#")[0]) location.reload();
    else location.assign(answer.url);
    return;
  }
  document.title = next.title;
  Idiomorph.morph(document.body, next.body, { morphStyle: "innerHTML", ignoreActiveValue: true, callbacks: {
    /* What a person unfolded stays so. */
    beforeAttributeUpdated: (name, node) => !(name === "open" && node.tagName === "DETAILS"),
  } });
  document.dispatchEvent(new CustomEvent("hai:shown"));
  if (main().querySelector("[data-wait]")) wait(answer.url);
  const words = main().querySelector("[data-said]");
  if (words) say(words.dataset.said);
}

/* Ask again for what is still being done. */
let waiting = 0;
function wait(address) {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    try {
      const answer = await fetch(address);
      /* What was waited for may be a page of another look. */
      if (answer.redirected && new URL(answer.url).pathname !== location.pathname) { location.assign(answer.url); return; }
      if (answer.status === 202) say("Still at work.");
      await show(answer);
    } catch { wait(address); }
  }, 700);
}

/* An answer counts only where nothing was changed since it was asked for. */
let turn = 0;
async function send(form) {
  const mine = turn;
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  if (mine !== turn) return;
  if (answer.redirected && new URL(answer.url).pathname !== location.pathname) location.assign(answer.url);
  else await show(answer);
}

let changed = 0;
document.addEventListener("change", (event) => {
  /* Of a choice and a value that is typed beside it, the last one counts. */
  const beside = event.target.closest("fieldset");
  if (event.target.type === "radio") for (const typed of beside?.querySelectorAll("input:not([type])") ?? []) typed.value = "";
  else if (event.target.matches("fieldset input:not([type])")) for (const one of beside.querySelectorAll("[type=radio]")) one.checked = false;
  const form = event.target.form;
  if (event.target.matches("[data-files]")) bring([...event.target.files], event.target);
  else if (form?.matches("[data-live]") && !event.target.matches("[data-quiet]")) {
    turn += 1;
    clearTimeout(changed);
    changed = setTimeout(() => send(form).catch(() => look()), 60);
  }
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-stop]")) {
    fetch(location.pathname.split("/").slice(0, 3).join("/") + "/stop", { method: "POST" });
    say("Stopping.");
  }
});

/* Files that were dropped or chosen go one after the other; the study of the first takes the others. */
async function bring(files, where) {
  const place = where.closest("[data-drop]") ?? document;
  const refused = place.querySelector("[data-refused]");
  let study = place.dataset?.drop ?? "";
  let next = "";
  const role = place.querySelector("[data-role]")?.value ?? "";
  refused.hidden = true;
  /* The table of patients first: what comes beside it is told by its header. */
  for (const file of files.sort((one, other) => other.size - one.size)) {
    say(`Reading ${file.name}`);
    const words = new URLSearchParams({ name: file.name, study, role });
    const answer = await fetch(`/files?${words}`, { method: "POST", body: file }).catch(() => null);
    const told = answer?.headers.get("content-type")?.startsWith("application/json") ? await answer.json() : {};
    if (!told.study) {
      refused.textContent = told.refused ?? (answer?.status === 413 ? `${file.name} is too large: at most ${document.body.dataset.most} MB are read.` : answer?.status === 507 ? "There is no room left on the disk." : `${file.name} could not be sent.`);
      refused.hidden = false;
      if (study) setTimeout(() => location.assign(`/study/${study}/understand`), 4000);
      return;
    }
    ({ study, next } = told);
  }
  if (next) location.assign(next);
}
const over = (event, is) => event.target.closest?.("[data-drop]")?.classList.toggle("over", is);
for (const name of ["dragenter", "dragover"]) document.addEventListener(name, (event) => { event.preventDefault(); over(event, true); });
document.addEventListener("dragleave", (event) => over(event, false));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  over(event, false);
  const place = event.target.closest?.("[data-drop]") ?? document.querySelector("[data-drop]");
  if (place) bring([...event.dataTransfer.files], place);
});

/* The server may end and come back; the page says so and goes on. */
async function look() {
  const there = await fetch("/alive").then((answer) => answer.ok, () => false);
  /* The answer may come when the page is being left. */
  const gone = document.getElementById("gone");
  if (gone) gone.hidden = there;
}
setInterval(look, 4000);
if (main().querySelector("[data-wait]")) wait(location.href);
