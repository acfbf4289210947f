/* What the theme's scripts want to know of a page of the book. */
DOCUMENTATION_OPTIONS.pagename = document.documentElement.dataset.pagename;
DOCUMENTATION_OPTIONS.search_as_you_type = false;
