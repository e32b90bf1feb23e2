// Colour maps: what maps.json suggests, as NiiVue understands it and as a colour bar shows it.

import { Niivue } from "./niivue.js";

// The hues of the report's differences, but not up to white, which the anatomy below also has.
// NiiVue draws a signed map as two maps that begin at 0.
const SIGNED = {
  "crossres-above": { R: [90, 90, 217, 255], G: [38, 38, 96, 165], B: [10, 10, 26, 40] },
  "crossres-below": { R: [12, 12, 31, 60], G: [48, 48, 120, 190], B: [90, 90, 209, 255] },
};
const FROM_ZERO = 2; // NiiVue: colours begin at 0, and what lies below cal_min is not drawn

/** Make our colour maps known to NiiVue. */
export function registerColours() {
  const niivue = new Niivue({ logLevel: "warn" });
  for (const [name, map] of Object.entries(SIGNED)) {
    niivue.addColormap(name, { ...map, A: [0, 255, 255, 255], I: [0, 1, 128, 255] });
  }
  return niivue;
}

export const isSigned = (entry) => entry.colormap === "diverging";

/** Whether values near 0 can be hidden: only where the colours begin there. */
export const hasThreshold = (entry) => isSigned(entry) || entry.range[0] === 0;

/**
 * The threshold at first, percent of the range. Around 0 a signed map shows no change, which may be hidden; the small
 * values of a predicted error may not, since what has no colour looks free of errors.
 */
export const firstThreshold = (entry) => (isSigned(entry) ? 30 : 0);

/** The intensity at which the colours of an entry end. */
export const extent = (entry) => (isSigned(entry) ? Math.max(...entry.range.map(Math.abs)) : entry.range[1]);

/** Give a NiiVue image the colours of its entry. */
export function dress(image, entry, { share, known }) {
  const signed = isSigned(entry);
  const suggested = known.includes(entry.colormap) ? entry.colormap : "gray";
  image._colormap = signed ? "crossres-above" : suggested;
  image.colormapNegative = signed ? "crossres-below" : "";
  image.colormapType = hasThreshold(entry) ? FROM_ZERO : 0;
  image.cal_min = hasThreshold(entry) ? share * extent(entry) : entry.range[0];
  image.cal_max = extent(entry);
}

/** Draw the colour bar of an entry, greyed where the map is hidden. */
export function drawBar(canvas, entry, { niivue, share, known }) {
  const width = canvas.width;
  const picture = new ImageData(width, 1);
  for (let x = 0; x < width; x++) {
    picture.data.set([...colourAt(x / (width - 1), entry, { niivue, share, known }), 255], 4 * x);
  }
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

function colourAt(place, entry, { niivue, share, known }) {
  const signed = isSigned(entry);
  const size = signed ? Math.abs(2 * place - 1) : place;
  if (hasThreshold(entry) && size < share) return [20, 24, 29];
  const suggested = known.includes(entry.colormap) ? entry.colormap : "gray";
  const name = signed ? (place < 0.5 ? "crossres-below" : "crossres-above") : suggested;
  const start = 4 * Math.round(255 * size);
  return niivue.colormap(name).slice(start, start + 3);
}

/** The numbers below a colour bar. */
export function ticks(entry) {
  const [low, high] = isSigned(entry) ? [-extent(entry), extent(entry)] : entry.range;
  return [low, (low + high) / 2, high];
}
