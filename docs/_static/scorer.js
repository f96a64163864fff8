// The site's search ranks a page that explains before one that records. Everything else is Sphinx's own scoring.
var Scorer = {
  score: ([docname, title, anchor, descr, score, filename, kind]) => {
    if (/^(changelog|decisions|contributing|performance)$/.test(docname)) return score - 20;
    if (/^(tutorials|how_to)\//.test(docname) || docname === "messages") return score + 3;
    return score;
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
