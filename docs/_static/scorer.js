// The site's search. Sphinx gives every page with a word of the query in some title the same score. Here a page counts
// more whose own title has more of the words, and one that shows how counts more than one that records what happened.
const words = (new URLSearchParams(window.location.search).get("q") || "").toLowerCase().match(/[\w.]{3,}/g) || [];

var Scorer = {
  score: ([docname, title, anchor, descr, score, filename, kind]) => {
    const inTitle = words.filter((word) => title.toLowerCase().includes(word.replace(/s$/, ""))).length;
    const recorded = /^(changelog|decisions|contributing|performance|scaling|first_hour)$/.test(docname);
    const shown = /^(tutorials|how_to|messages|quick_start|policy)/.test(docname);
    return score + (words.length ? (12 * inTitle) / words.length : 0) + (shown ? 4 : 0) - (recorded ? 20 : 0);
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
