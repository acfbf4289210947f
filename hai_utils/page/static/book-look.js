/* The colour scheme of a page of the book, before it is drawn. */
(function (page, stored) {
  try { stored = localStorage.getItem("mode"); } catch (refused) { stored = null; }
  page.mode = stored || "auto";
  page.theme = page.mode !== "auto" ? page.mode : matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
})(document.documentElement.dataset);
