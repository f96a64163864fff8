// The site's search. Sphinx gives every page with a word of the query in some title the same score. Here a page counts
// more whose own title has more of the words, and one that shows how counts more than one that records what happened.
["can", "deal", "do", "get", "handle", "want"].forEach((word) => stopwords.add(word));
const typed = (new URLSearchParams(window.location.search).get("q") || "").toLowerCase();
const words = (typed.match(/[\w.]{3,}/g) || []).filter((word) => !stopwords.has(word));

const isRecord = (page) => /^(changelog|decisions|performance|scaling|first_hour)$|sg_execution_times$/.test(page);

var Scorer = {
  score: ([docname, title, anchor, descr, score, filename, kind]) => {
    const inTitle = words.filter((word) => title.toLowerCase().includes(word.replace(/(ies|y|s)$/, ""))).length;
    const looked_up = /^messages/.test(docname); // found by the first words of a message, which is a title
    const shown = /^(tutorials|how_to|quick_start|policy)/.test(docname);
    return score + (words.length ? (12 * inTitle) / words.length : 0) + (shown ? 4 : 0) - (looked_up ? 4 : 0) - (isRecord(docname) ? 20 : 0);
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};

// People type sentences. Their small words count for nothing, and where no page has all the others, or only pages that
// record what happened, those with most of them are shown. Sphinx itself would show none.

function findAnyWord() {
  const findAll = Search._performSearch;
  Search._performSearch = (query, terms, excluded, ...others) => {
    const found = findAll(query, terms, excluded, ...others);
    if (found.some(([page]) => !isRecord(page)) || terms.size < 2) return found;
    const pages = new Map();
    for (const term of terms) {
      const only = new Set([term]);
      const best = new Map(findAll(term, only, excluded, only, only).map((result) => [result[0], result])); // the last is
      for (const [page, result] of best) {
        const score = 100 + result[4] + (pages.get(page)?.[4] ?? 0); // first by the number of words
        pages.set(page, [...(pages.get(page) ?? result).slice(0, 4), score, ...result.slice(5)]);
      }
    }
    return [...pages.values()].sort((one, other) => one[4] - other[4]);
  };
}
if (typeof Search === "undefined") document.addEventListener("DOMContentLoaded", findAnyWord);
else findAnyWord();
