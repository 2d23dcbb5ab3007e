"use strict";
// The page is complete without this: it adds search, opening all at once, and opening what a link leads to.
(() => {
  const byId = (id) => document.getElementById(id);
  const search = byId("search");
  // Looked up when they are asked for: a page may hold ten thousand.
  let known = null;
  const all = () => (known ??= Array.from(document.querySelectorAll("details.check")));
  let texts = null;
  const find = () => {
    const checks = all();
    texts ??= checks.map((check) => check.firstElementChild.textContent.toLowerCase());
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    checks.forEach((check, index) => {
      const fits = words.every((word) => texts[index].includes(word));
      check.hidden = !fits;
      if (fits) found += 1;
    });
    byId("found").textContent = words.length ? `${found} of ${checks.length}` : "";
  };
  search.addEventListener("input", find);
  byId("filters").addEventListener("reset", () => setTimeout(find));
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("open-all").addEventListener("click", () => {
    for (const check of all()) if (check.offsetParent !== null) check.open = true;
  });
  byId("close-all").addEventListener("click", () => {
    for (const check of all()) check.open = false;
  });
  const openTarget = () => {
    const target = byId(location.hash.slice(1));
    const check = target?.closest("details.check");
    if (!check) return;
    check.hidden = false;
    check.open = true;
    check.scrollIntoView();
  };
  addEventListener("hashchange", openTarget);
  for (const id of ["search-line", "open-all", "close-all"]) byId(id).hidden = false;
  openTarget();
})();
