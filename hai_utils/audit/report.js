const form = document.querySelector('form'), rows = [...document.querySelectorAll('tr[data-mark]')];
const search = form.elements.search, mark = form.elements.mark, count = document.querySelector('output');
function filter() {
  const words = search.value.toLowerCase().split(/\s+/);
  let shown = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !((!mark.value || row.dataset.mark === mark.value) && words.every(word => text.includes(word)));
    shown += !row.hidden;
  }
  count.textContent = shown + ' of ' + rows.length + ' numbers';
}
form.hidden = false;
form.addEventListener('input', filter);
form.addEventListener('submit', event => event.preventDefault());
addEventListener('hashchange', () => {
  const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (row && row.hidden) { search.value = ''; mark.value = ''; filter(); row.scrollIntoView(); }
});
filter();
