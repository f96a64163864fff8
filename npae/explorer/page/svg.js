// A drawing context that writes SVG: as much of a canvas's context as this page uses.

const SVG_NAMESPACE = new DOMParser().parseFromString("<svg></svg>", "text/html").body.firstChild.namespaceURI;

class SvgContext {
  constructor(width, height) {
    Object.assign(this, { width, height, vector: true, parts: [], path: "", dashes: [], ruler: null });
    Object.assign(this, { fillStyle: "#000", strokeStyle: "#000", lineWidth: 1, globalAlpha: 1, font: "10px serif" });
    Object.assign(this, { textAlign: "left", textBaseline: "middle", imageSmoothingEnabled: true });
  }

  text() {
    const size = `width="${this.width}" height="${this.height}" viewBox="0 0 ${this.width} ${this.height}"`;
    return `<svg xmlns="${SVG_NAMESPACE}" ${size}>${this.parts.join("\n")}</svg>\n`;
  }

  add(tag, attributes, content = null) {
    const given = Object.entries({ ...attributes, opacity: this.globalAlpha === 1 ? null : this.globalAlpha })
      .filter(([, value]) => value !== null);
    const text = given.map(([name, value]) => `${name}="${escapeXml(`${roundedNumber(value)}`)}"`).join(" ");
    this.parts.push(content === null ? `<${tag} ${text}/>` : `<${tag} ${text}>${escapeXml(content)}</${tag}>`);
  }

  pen() {
    const dashes = this.dashes.length ? this.dashes.join(" ") : null;
    const width = { "stroke-width": this.lineWidth, "stroke-linejoin": "round", "stroke-dasharray": dashes };
    return { stroke: this.strokeStyle, ...width };
  }

  fillRect(x, y, width, height) {
    this.add("rect", { x, y, width, height, fill: this.fillStyle });
  }

  strokeRect(x, y, width, height) {
    this.add("rect", { x, y, width, height, fill: "none", ...this.pen() });
  }

  beginPath() {
    this.path = "";
  }

  moveTo(x, y) {
    this.path += `M${roundedNumber(x)} ${roundedNumber(y)}`;
  }

  lineTo(x, y) {
    this.path += `${this.path ? "L" : "M"}${roundedNumber(x)} ${roundedNumber(y)}`;
  }

  arc(x, y, radius) {
    this.ellipse(x, y, radius, radius);
  }

  ellipse(x, y, across, up) {
    const half = (by) => `a${[across, up].map(roundedNumber)} 0 1 1 ${roundedNumber(by)} 0`;
    this.path += `M${roundedNumber(x - across)} ${roundedNumber(y)}${half(2 * across)}${half(-2 * across)}`;
  }

  closePath() {
    this.path += "Z";
  }

  fill() {
    this.add("path", { d: this.path, fill: this.fillStyle });
  }

  stroke() {
    this.add("path", { d: this.path, fill: "none", ...this.pen() });
  }

  setLineDash(dashes) {
    this.dashes = dashes;
  }

  fillText(text, x, y) {
    this.letters(text, x, y, { fill: this.fillStyle });
  }

  strokeText(text, x, y) {
    this.letters(text, x, y, { fill: "none", ...this.pen() });
  }

  letters(text, x, y, ink) {
    const [, weight, size, family] = this.font.match(/^(?:(\d+) )?([\d.]+)px (.*)$/);
    const anchor = { left: "start", center: "middle", right: "end" }[this.textAlign];
    const font = { "font-family": family, "font-size": size, "font-weight": weight || null };
    this.add("text", { x, y, dy: "0.35em", "text-anchor": anchor, ...font, ...ink }, text);
  }

  measureText(text) {
    this.ruler = this.ruler || new OffscreenCanvas(1, 1).getContext("2d");
    this.ruler.font = this.font;
    return this.ruler.measureText(text);
  }

  // A picture becomes a PNG inside the file, large enough that a smoothing viewer keeps its pixels.
  drawImage(image, x, y, width, height) {
    const times = this.imageSmoothingEnabled ? 1 : Math.max(1, Math.ceil((2 * width) / image.width));
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: image.width * times, height: image.height * times });
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = this.imageSmoothingEnabled;
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    this.add("image", { x, y, width, height, preserveAspectRatio: "none", href: canvas.toDataURL() });
  }
}

function roundedNumber(value) {
  return typeof value === "number" ? Math.round(value * 100) / 100 : value;
}

// XML knows neither control characters nor halves of surrogate pairs.
function escapeXml(text) {
  const clean = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu, "\ufffd");
  return clean.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

// Draw inside a part of a context, whose corner is then the origin.
function within(context, [x, y, width, height], draw) {
  if (context.vector) {
    context.parts.push(`<svg x="${x}" y="${y}" width="${width}" height="${height}" overflow="hidden">`);
    draw();
    context.parts.push("</svg>");
    return;
  }
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.translate(x, y);
  draw();
  context.restore();
}
