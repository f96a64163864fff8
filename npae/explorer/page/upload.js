// An input from outside: a picture that is opened, dropped or pasted, scaled to the input's size; or numbers as text.

const UPLOAD_TYPES = PICTURES ? "image/*,.csv,.txt" : ".csv,.txt";

async function takeFile(file) {
  if (!file) return;
  if (!file.type.startsWith("image/")) takeNumbers(await file.text());
  else if (!PICTURES) sayUpload("These samples are no pictures. Open or paste their numbers as text.");
  else await takePicture(file);
}

async function takePicture(file) {
  try {
    const bitmap = await createImageBitmap(file);
    takePixels(scaledDown(bitmap));
    sayUpload(`${file.name || "The picture"}, scaled from ${bitmap.width} \u00d7 ${bitmap.height} to ${W} \u00d7 ${H}`);
  } catch {
    sayUpload(`${file.name || "The file"} is no picture that this browser can read.`);
  }
}

// Halve the picture until it is at most twice as large as the input, so that every pixel counts; keep its proportions.
function scaledDown(bitmap) {
  let [image, width, height] = [bitmap, bitmap.width, bitmap.height];
  while (Math.max(width / W, height / H) > 2 && Math.min(width, height) > 1) {
    [width, height] = [width >> 1, height >> 1];
    image = drawnOn(image, width, height, 0, 0, width, height);
  }
  const scale = Math.min(W / width, H / height);
  const [wide, tall] = [width * scale, height * scale];
  return drawnOn(image, W, H, (W - wide) / 2, (H - tall) / 2, wide, tall);
}

function drawnOn(image, width, height, x, y, wide, tall) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(image, x, y, wide, tall);
  return canvas;
}

// Colours stay as they are; of greys, dark is what the samples have less of, as ink on paper.
function takePixels(canvas) {
  const bytes = canvas.getContext("2d").getImageData(0, 0, W, H).data;
  const at = (i, c) => bytes[4 * i + c] / 255;
  const pixels = new Float64Array(D);
  const alpha = (i, paper, value) => at(i, 3) * value + (1 - at(i, 3)) * paper;
  if (C > 1) {
    for (let i = 0; i < P; i++) {
      for (let c = 0; c < C; c++) pixels[i * C + c] = C === 4 ? at(i, c) : alpha(i, 1, at(i, c));
    }
  } else fillAsInk(pixels, (i) => 0.299 * at(i, 0) + 0.587 * at(i, 1) + 0.114 * at(i, 2), (i) => at(i, 3));
  setPixels(pixels.map((share) => LOW + share * (HIGH - LOW)));
}

function fillAsInk(pixels, grey, alpha) {
  const solid = Array.from(pixels.keys()).filter((i) => alpha(i) > 0.5);
  const mean = solid.reduce((sum, i) => sum + grey(i), 0) / (solid.length || 1);
  const asPaper = mean > 0.5 === usualShare() < 0.5; // the picture is light, and the samples are mostly empty
  pixels.forEach((_, i) => {
    const value = asPaper ? 1 - grey(i) : grey(i);
    const empty = usualShare() < 0.5 ? 0 : 1;
    const share = alpha(i) * value + (1 - alpha(i)) * empty;
    pixels[i] = binary ? Number(share > 0.5) : share;
  });
}

// How far the samples' numbers are from LOW on the way to HIGH, on average.
function usualShare() {
  const some = samples.length ? samples.slice(0, 200) : [decode(modelData.codeMean)];
  const means = some.map((pixels) => pixels.reduce((sum, value) => sum + partOf(value), 0) / D);
  return means.reduce((sum, mean) => sum + mean, 0) / means.length;
}

function takeNumbers(text) {
  const numbers = numbersIn(text);
  if (numbers.length === D && numbers.every(Number.isFinite)) {
    setPixels(Float64Array.from(numbers));
    sayUpload(`${D} numbers, as the input has`);
  } else sayUpload(`The input has ${D} numbers, the text ${numbers.length}.`);
}

function numbersIn(text) {
  return (text.match(/[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/gi) || []).map(Number);
}

function sayUpload(text) {
  element("upload-text").textContent = text;
  announce(() => text, 0);
}

function buildUpload() {
  const [button, chooser] = [element("upload"), element("file")];
  chooser.accept = UPLOAD_TYPES;
  button.textContent = PICTURES ? "Open a picture\u2026" : "Open numbers\u2026";
  button.addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", () => {
    takeFile(chooser.files[0]);
    chooser.value = "";
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    takeFile(event.dataTransfer.files[0]);
  });
  document.addEventListener("paste", (event) => {
    if (event.target instanceof HTMLInputElement) return;
    const { files } = event.clipboardData;
    if (files.length) takeFile(files[0]);
    else takeNumbers(event.clipboardData.getData("text"));
  });
}
