// The volumes of a result: loaded once, looked at in many places.

import { NVImage } from "./niivue.js";

/** Write a number for a reader: four digits, no trailing noise. */
export function number(value) {
  if (!Number.isFinite(value)) return "–";
  const rounded = Number(value.toPrecision(4));
  return Math.abs(rounded) >= 1e6 || (rounded !== 0 && Math.abs(rounded) < 1e-4)
    ? rounded.toExponential(2)
    : String(rounded);
}

/** Load one volume of the result, ready to be looked at. */
export async function load(entry) {
  const [low, high] = entry.range;
  const image = await NVImage.loadFromUrl({
    url: entry.file, name: entry.file, colormap: "gray", cal_min: low, cal_max: high,
  });
  return { ...entry, image };
}

/** Read a file that the user gave; it does not leave the browser. */
export async function readFile(file) {
  const image = await NVImage.loadFromFile({ file, name: file.name, colormap: "gray" });
  const range = [image.cal_min, image.cal_max];
  return {
    name: `file:${file.name}`, title: file.name, role: "image", unit: "", meaning: "A file opened in this browser.",
    colormap: "gray", range, image,
  };
}

/** A second view of the same voxels, with colours and opacity of its own. */
export function secondView(image) {
  const view = Object.assign(Object.create(Object.getPrototypeOf(image)), image);
  view.id = `${image.id}-over`;
  return view;
}

/** The value of a volume at a point (mm); null outside of it. */
export function valueAt(image, mm) {
  const place = image.mm2vox(mm, true);
  const inside = [0, 1, 2].every((n) => place[n] >= -0.5 && place[n] <= image.dimsRAS[n + 1] - 0.5);
  return inside ? image.getValue(...[...place].map(Math.round), image.frame4D) : null;
}

/** The voxel i, j, k, as stored in the file, at a point (mm). */
export function voxelAt(image, mm) {
  const [[a, b, c, x], [d, e, f, y], [g, h, i, z]] = image.hdr.affine;
  const [p, q, r] = [mm[0] - x, mm[1] - y, mm[2] - z];
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return [
    (p * (e * i - f * h) + q * (c * h - b * i) + r * (b * f - c * e)) / determinant,
    (p * (f * g - d * i) + q * (a * i - c * g) + r * (c * d - a * f)) / determinant,
    (p * (d * h - e * g) + q * (b * g - a * h) + r * (a * e - b * d)) / determinant,
  ].map(Math.round);
}

/** The middle of the voxel in the middle of a box, in mm: between voxels it would not be clear which one is meant. */
export function middle(image, box) {
  const [low, high] = [image.extentsMinOrtho, image.extentsMaxOrtho];
  const voxel = box.map((ends, n) => {
    const share = ((ends[0] + ends[1]) / 2 - low[n]) / (high[n] - low[n]);
    return Math.floor(share * image.dimsRAS[n + 1] + 1e-6);
  });
  return [...image.vox2mm(voxel, image.matRAS)].slice(0, 3);
}

/** Name a point (mm) by the patient's sides. */
export function sides(mm) {
  const letters = ["LR", "PA", "IS"];
  return letters.map(([below, above], n) => `${Math.abs(mm[n]).toFixed(1)} ${mm[n] < 0 ? below : above}`).join(", ");
}
