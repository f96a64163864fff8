// The page's address holds what the reader has chosen: cursor, pins, walk, view, colours and hidden classes.

const WAIT = 400; // milliseconds without a change, after which the address follows
const MOST_PINS = 100; // that an address holds
let linking = 0;

function linkText() {
  const numbers = (values) => Array.from(values, shortNumber).join(",");
  const parts = {
    code: numbers(state.cursor),
    view: numbers([...view.x, ...view.y]),
    axes: L > 2 ? state.dimensions.join(",") : "",
    pins: state.pins.slice(-MOST_PINS).map(({ code }) => numbers(code)).join(";"),
    walk: state.walk ? [state.walk.from, state.walk.to].map(numbers).join(";") : "",
    tint: state.tint === "error" ? "error" : "",
    hide: [...state.hidden].join(","),
    sample: input.sample > 0 ? `${input.sample}` : "",
    map: element("map").checked ? "" : "0",
    far: element("far").checked ? "1" : "",
    prior: element("prior").checked ? "" : "0",
  };
  return Object.entries(parts).filter(([, text]) => text).map((pair) => pair.join("=")).join("&");
}

// An address that may not be changed, as in a notebook's frame, stays as it is.
function updateLink() {
  clearTimeout(linking);
  linking = setTimeout(() => {
    try {
      history.replaceState(null, "", `#${linkText()}`);
    } catch {
      // the link can still be copied
    }
  }, WAIT);
}

function readLink() {
  const parts = new Map(location.hash.slice(1).split("&").map((part) => part.split("=")));
  const numbers = (text) => text.split(",").map(Number);
  const listOf = (name) => (parts.get(name) || "").split(";").filter(Boolean).map(numbers);
  const code = (given) => given.length === L && given.every(Number.isFinite);
  restoreAxes(listOf("axes")[0] || []);
  restoreView(listOf("view")[0] || []);
  listOf("code").filter(code).forEach((given) => moveCursor(Float64Array.from(given)));
  listOf("pins").filter(code).slice(-MOST_PINS).forEach((given) => pin(given));
  const walk = listOf("walk").filter(code).map((given) => Float64Array.from(given));
  if (walk.length === 2) setWalk(...walk);
  restoreChoices(parts, listOf);
}

function restoreAxes(axes) {
  if (L < 3 || axes.length !== 2 || axes[0] === axes[1]) return;
  if (axes.every((d) => Number.isInteger(d) && d >= 0 && d < L)) state.dimensions = axes;
  fitView();
  changed("dimensions");
}

function restoreView(ends) {
  if (ends.length !== 4 || !ends.every(Number.isFinite) || ends[0] >= ends[1] || ends[2] >= ends[3]) return;
  [view.x, view.y] = [ends.slice(0, 2), ends.slice(2)];
}

function restoreChoices(parts, listOf) {
  if (parts.get("tint") === "error") setTint("error");
  const hidden = (listOf("hide")[0] || []).filter((i) => Number.isInteger(i) && i >= 0 && i < classes.length);
  if (hidden.length && hidden.length < classes.length) hideClasses(new Set(hidden));
  const sample = Number(parts.get("sample"));
  if (Number.isInteger(sample) && sample > 0 && sample < samples.length) startFrom(sample);
  if (parts.has("map")) element("map").checked = parts.get("map") !== "0";
  if (parts.has("far")) element("far").checked = parts.get("far") === "1";
  if (parts.has("prior")) element("prior").checked = parts.get("prior") !== "0";
}

function buildLink() {
  const address = () => `${location.href.split("#")[0]}#${linkText()}`;
  element("copy-link").addEventListener("click", () => copyText(address(), codeField, "the link"));
  addEventListener("hashchange", () => {
    clearPins();
    setWalk(null);
    readLink();
  });
  readLink();
}
