// Go to a sample by its name or its number.

let found = { text: "", matches: [], at: -1 };

function listMatches(text) {
  const wanted = text.trim().toLowerCase();
  const numbered = wanted.match(/^(?:sample\s*|#\s*)?(\d+)$/);
  const all = samples.map((_, i) => i);
  const tests = [
    (i) => labels && labels[i] === text.trim(),
    (i) => labels && labels[i].toLowerCase() === wanted,
    (i) => numbered && i + 1 === Number(numbered[1]),
    (i) => labels && labels[i].toLowerCase().startsWith(wanted),
    (i) => labels && labels[i].toLowerCase().includes(wanted),
  ];
  return wanted ? tests.map((test) => all.filter(test)).find((list) => list.length) || [] : [];
}

// The first match, and with each further Enter the next one.
function searchSample(text) {
  if (text !== found.text) found = { text, matches: listMatches(text), at: -1 };
  const { matches } = found;
  if (matches.length) {
    found.at = (found.at + 1) % matches.length;
    visited = matches[found.at];
    goTo(codes[visited]);
  }
  const what = matches.length ? `${found.at + 1} of ${matches.length}` : "no such sample";
  element("search-text").textContent = text.trim() ? what : "";
}

function buildSearch() {
  element("search-form").hidden = !samples.length;
  element("search-form").addEventListener("submit", (event) => {
    event.preventDefault();
    searchSample(element("search").value);
  });
}
