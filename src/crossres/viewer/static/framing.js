// Which part of the volumes is shown: the head, in the plane where it was enhanced.

import { SLICE_TYPE } from "./niivue.js";

/** The axes (0 R, 1 A, 2 S) that lie across and up in each plane. */
export const AXES = { [SLICE_TYPE.AXIAL]: [0, 1], [SLICE_TYPE.CORONAL]: [0, 2], [SLICE_TYPE.SAGITTAL]: [1, 2] };
const PREFERRED = ["sagittal", "axial", "coronal"];
const ACROSS = { sagittal: 0, coronal: 1, axial: 2 };
const SAMPLES = 64; // per axis, enough for a box
const DARK = 0.12; // of the grey window: air and its noise are darker
const FEW = 0.02; // of a slab: what is bright in fewer voxels is not the head
const MARGIN = 22; // CSS pixels, for the letters on the edges

/** The plane with the axes that were enhanced most; of two equal ones the first of PREFERRED. */
export function enhancedPlane(result, input) {
  if (!input) return "multiplanar";
  const factors = [1, 2, 3].map((n) => input.pixDimsRAS[n] / result.pixDimsRAS[n]);
  const gain = (plane) => factors.reduce((all, factor, axis) => (axis === ACROSS[plane] ? all : all * factor), 1);
  return PREFERRED.reduce((best, plane) => (gain(plane) > 1.01 * gain(best) ? plane : best));
}

/** The box around the head, in mm along the voxel axes of a volume. */
export function headBox({ image, range: [black, white] }) {
  const size = [1, 2, 3].map((n) => image.dimsRAS[n]);
  const counts = size.map((n) => Math.min(n, SAMPLES));
  const places = counts.map((count, axis) => Array.from({ length: count }, (_, n) => Math.floor(((n + 0.5) * size[axis]) / count)));
  const bright = counts.map((count) => new Array(count).fill(0));
  const limit = black + DARK * (white - black);
  places[0].forEach((x, i) => places[1].forEach((y, j) => places[2].forEach((z, k) => {
    if (image.getValue(x, y, z, image.frame4D) <= limit) return;
    for (const [axis, n] of [i, j, k].entries()) bright[axis][n]++;
  })));
  const total = counts.reduce((product, count) => product * count, 1);
  const ends = bright.map((slabs, axis) => {
    const isHead = (slab) => slab > (FEW * total) / counts[axis];
    const first = slabs.findIndex(isHead);
    return first < 0 ? [0, 1] : [first / counts[axis], (slabs.findLastIndex(isHead) + 1) / counts[axis]];
  });
  return ends.map((pair, axis) => pair.map((share) => along(image, axis, share)));
}

const along = ({ extentsMinOrtho: low, extentsMaxOrtho: high }, axis, share) => low[axis] + share * (high[axis] - low[axis]);

/** Pan and zoom (x, y, z in mm, factor) with which a box fills the canvas of a NiiVue. */
export function filling({ canvas, opts, volumes: [image], uiData }, box) {
  const extent = [0, 1, 2].map((axis) => image.extentsMaxOrtho[axis] - image.extentsMinOrtho[axis]);
  const share = box.map(([low, high], axis) => (high - low) / extent[axis]);
  const axes = AXES[opts.sliceType];
  let zoom = 1 / Math.max(...share);
  if (axes) {
    const pixels = [canvas.width, canvas.height];
    const room = pixels.map((n) => Math.max(n - 2 * MARGIN * (uiData.dpr ?? 1), n / 2));
    const perMm = Math.min(...axes.map((axis, n) => pixels[n] / extent[axis])); // at zoom 1
    zoom = Math.min(...axes.map((axis, n) => room[n] / (perMm * extent[axis] * share[axis])));
  }
  const pan = box.map(([low, high], axis) => along(image, axis, 0.5) - (zoom * (low + high)) / 2);
  return [...pan, zoom];
}
