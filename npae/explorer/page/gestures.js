// Pointer, wheel and keys on the plane. One pointer explores, pins and walks; two pointers move the view.

const SLOP = { mouse: 5, pen: 8, touch: 12 }; // pixels that a click may move before it becomes a drag
const pointers = new Map(); // id -> [x, y] of each pressed pointer
let gesture = null; // {kind: "press" | "walk" | "pan" | "pinch", ...}

const placeOf = (event) => [event.offsetX, event.offsetY];
const pixelDistance = ([a, b], [c, d]) => Math.hypot(a - c, b - d);

function moveCursor(code) {
  state.cursor = code;
  changed("cursor");
  announce(cursorText);
}

function setWalk(from, to) {
  state.walk = from ? { from, to } : null;
  changed("walk", "cursor");
}

const pressed = (id) => element(id).ariaPressed === "true";

function onDown(event) {
  if (event.button > 1) return;
  if (event.isTrusted) stage.setPointerCapture(event.pointerId);
  const place = placeOf(event);
  pointers.set(event.pointerId, place);
  if (pointers.size === 2) return beginPinch();
  shown.loupe = true;
  if (event.button === 1 || event.shiftKey || pressed("move")) gesture = { kind: "pan", place };
  else if (pressed("box")) gesture = { kind: "box", from: place, to: place };
  else gesture = { kind: "press", place, before: state.walk, from: grabbedEnd(place) || toCode(place) };
  if (gesture.kind === "press") moveCursor(toCode(place));
}

// The other end of the walk if A or B is under the pointer: dragging one end keeps the other.
function grabbedEnd(place) {
  if (!state.walk) return null;
  const { from, to } = state.walk;
  const near = (...spots) => spots.some((spot) => spot && pixelDistance(spot, place) < theme.rem);
  if (near(toPixels(to), ends.get("B"))) return from;
  return near(toPixels(from), ends.get("A")) ? to : null;
}

function beginPinch() {
  if (gesture && gesture.kind === "walk") setWalk(gesture.before?.from, gesture.before?.to);
  gesture = { kind: "pinch", places: [...pointers.values()] };
}

function onMove(event) {
  const place = placeOf(event);
  shown.loupe = true;
  if (pointers.has(event.pointerId)) pointers.set(event.pointerId, place);
  if (!gesture) return moveCursor(toCode(place));
  if (gesture.kind === "press" && pixelDistance(place, gesture.place) > (SLOP[event.pointerType] || SLOP.mouse)) {
    gesture.kind = "walk";
  }
  if (gesture.kind === "walk") walkTo(place);
  if (gesture.kind === "pan") panTo(place);
  if (gesture.kind === "box") boxTo(place);
  if (gesture.kind === "pinch" && pointers.size === 2) pinchTo([...pointers.values()]);
}

function walkTo(place) {
  const code = toCode(place);
  moveCursor(code);
  setWalk(gesture.from, code);
}

function boxTo(place) {
  gesture.to = place;
  changed("cursor");
}

// Show the part of the plane between two corners.
function zoomTo([x0, y0], [x1, y1]) {
  if (Math.abs(x1 - x0) < 8 || (L > 1 && Math.abs(y1 - y0) < 8)) return;
  const [width, height] = size();
  const [[left, right], [bottom, top]] = [view.x, view.y];
  const [across, up] = [(right - left) / width, (top - bottom) / height];
  view.x = [left + Math.min(x0, x1) * across, left + Math.max(x0, x1) * across];
  if (L > 1) view.y = [top - Math.max(y0, y1) * up, top - Math.min(y0, y1) * up];
  toggle("box", false);
  changed("plane", "cursor");
}

function panTo(place) {
  pan(place[0] - gesture.place[0], place[1] - gesture.place[1]);
  gesture.place = place;
}

function pinchTo(places) {
  const [before, now] = [gesture.places, places].map(([a, b]) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]);
  pan(now[0] - before[0], now[1] - before[1]);
  zoom(pixelDistance(...places) / Math.max(1, pixelDistance(...gesture.places)), now);
  gesture.places = places;
}

function onUp(event) {
  if (!pointers.delete(event.pointerId) || !gesture) return;
  if (gesture.kind === "press") pin(toCode(gesture.place));
  if (gesture.kind === "walk") announceWalk();
  if (gesture.kind === "box") zoomTo(gesture.from, gesture.to);
  gesture = gesture.kind === "pinch" && pointers.size ? { kind: "pan", place: [...pointers.values()][0] } : null;
}

function onCancel(event) {
  pointers.delete(event.pointerId);
  gesture = null;
}

// The picture beside the cursor disappears with the pointer, but stays after a touch, since a finger cannot hover.
function onLeave(event) {
  shown.loupe = event.pointerType === "touch";
  changed("cursor");
}

// Once the view is much wider than all codes, the wheel scrolls the page again.
function onWheel(event) {
  const factor = Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0015));
  const [low, high] = spans[state.dimensions[0]];
  if (factor < 1 && view.x[1] - view.x[0] > 3 * (high - low) && !event.ctrlKey) return;
  event.preventDefault();
  zoom(factor, placeOf(event));
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const KEYS = {
  Enter: () => pin(state.cursor),
  " ": () => pin(state.cursor),
  Escape: () => (pressed("box") ? toggle("box") : setWalk(null)),
  "+": () => zoom(1.25),
  "=": () => zoom(1.25),
  "-": () => zoom(0.8),
  0: () => showAll(),
  z: () => toggle("box"),
  n: () => goToSample(1),
  p: () => goToSample(-1),
  Backspace: () => unpin(state.pins[state.pins.length - 1]),
  Delete: () => unpin(state.pins[state.pins.length - 1]),
};

function onKey(event) {
  if (event.metaKey || event.altKey || (event.ctrlKey && !ARROWS[event.key])) return;
  const arrow = ARROWS[event.key];
  if (arrow) stepCursor(arrow, event.shiftKey, event.ctrlKey ? 0.004 : 0.02);
  else if (KEYS[event.key]) KEYS[event.key]();
  else return;
  event.preventDefault();
}

// Shift works as it does with text: one end stays and the other moves.
function stepCursor([right, up], shift, share) {
  const from = state.walk && sameCode(state.walk.to, state.cursor) ? state.walk.from : state.cursor.slice();
  const code = state.cursor.slice();
  code[state.dimensions[0]] += right * share * (view.x[1] - view.x[0]);
  if (L > 1) code[state.dimensions[1]] += up * share * (view.y[1] - view.y[0]);
  bringIntoView(code);
  shown.loupe = true;
  moveCursor(code);
  if (shift) setWalk(from, code);
}

function sameCode(a, b) {
  return a.every((value, d) => value === b[d]);
}

let visited = -1;

// Go to the next sample, or to the one before, of those that are drawn.
function goToSample(by) {
  if (!codes.length) return;
  if (visited < 0 && by < 0) visited = 0;
  do visited = (visited + by + codes.length) % codes.length;
  while (!visible(visited));
  goTo(codes[visited]);
}

// Move the cursor to a code, and the slice with it.
function goTo(code) {
  moveCursor(Float64Array.from(code));
  bringIntoView(code);
  if (L > 2) changed("plane", "dimensions"); // another slice
}

// Fit the view to the codes; once it fits all but outliers, show these too.
function showAll() {
  const before = [...view.x, ...view.y].join();
  fitView();
  if ([...view.x, ...view.y].join() === before) fitView(false);
  changed("plane", "cursor");
}

function listenToPlane() {
  const onPointer = { down: onDown, move: onMove, up: onUp, cancel: onCancel, leave: onLeave };
  for (const [name, listener] of Object.entries(onPointer)) stage.addEventListener(`pointer${name}`, listener);
  stage.addEventListener("keydown", onKey);
  stage.addEventListener("mousedown", (event) => event.button === 1 && event.preventDefault()); // it would scroll
  stage.addEventListener("wheel", onWheel, { passive: false });
  element("zoom-in").addEventListener("click", () => zoom(1.5));
  element("zoom-out").addEventListener("click", () => zoom(1 / 1.5));
  element("fit").addEventListener("click", showAll);
  for (const id of ["map", "far", "prior"]) element(id).addEventListener("change", () => changed("plane", "cursor"));
  for (const id of ["move", "box"]) element(id).addEventListener("click", () => toggle(id));
}

// Press a button that says what a drag does, or release it; only one of them is pressed.
function toggle(id, on = !pressed(id)) {
  for (const one of ["move", "box"]) element(one).ariaPressed = `${on && one === id}`;
  stage.classList.toggle("moving", pressed("move"));
}
