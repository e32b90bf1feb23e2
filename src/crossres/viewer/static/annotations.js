// Marks over a canvas: the patient's sides on the edges of every slice, cross-hair and ruler.

import { AXES } from "./framing.js";

const SIDES = ["LR", "PA", "IS"];
const INSET = 11; // CSS pixels from an edge to the middle of a letter
const GAP = 5; // CSS pixels of each arm of the cross-hair, so that the voxel is visible
export const INK = "#ffd34d";
export const FONT = "600 13px system-ui, sans-serif";

/** What is to be drawn over a pane, in CSS pixels: letters, arms of the cross-hair, and lines with their texts. */
export function marksOf({ niivue, ruler, crosshair }) {
  const slices = niivue.volumes.length ? niivue.screenSlices.filter(({ axCorSag }) => AXES[axCorSag]) : [];
  const dpr = niivue.uiData.dpr ?? 1;
  return {
    letters: slices.flatMap((slice) => letters(slice, dpr)),
    arms: slices.flatMap((slice) => (crosshair ? arms(niivue, slice, dpr) : [])),
    lines: slices.flatMap((slice) => (ruler ? lines(niivue, slice, ruler, dpr) : [])),
  };
}

function letters({ axCorSag, fovMM, leftTopWidthHeight }, dpr) {
  const [left, top, width, height] = leftTopWidthHeight.map((n) => n / dpr);
  const [across, up] = AXES[axCorSag].map((axis, n) => (fovMM[n] > 0 ? SIDES[axis] : [...SIDES[axis]].reverse()));
  return [
    { side: "left", text: across[0], x: left + INSET, y: top + height / 2 },
    { side: "right", text: across[1], x: left + width - INSET, y: top + height / 2 },
    { side: "top", text: up[1], x: left + width / 2, y: top + INSET },
    { side: "bottom", text: up[0], x: left + width / 2, y: top + height - INSET },
  ];
}

/** The cross-hair, which NiiVue draws in mm: thinner than a pixel in small panes. */
function arms(niivue, slice, dpr) {
  const [left, top, width, height] = slice.leftTopWidthHeight.map((n) => n / dpr);
  const [x, y] = onScreen(slice, niivue.frac2mm(niivue.scene.crosshairPos), dpr);
  const room = 2 * INSET; // of the letters
  const ends = [
    [[left + room, y], [x - GAP, y]], [[x + GAP, y], [left + width - room, y]],
    [[x, top + room], [x, y - GAP]], [[x, y + GAP], [x, top + height - room]],
  ];
  const isInside = ([a, b]) => a >= left && a <= left + width && b >= top && b <= top + height;
  return ends.filter((arm) => arm.every(isInside)).map(([from, to]) => ({ from, to }));
}

/** The ruler, where this slice is the one that it was drawn on. */
function lines(niivue, slice, { plane, ends, text }, dpr) {
  const [image] = niivue.volumes;
  const depth = 3 - AXES[plane][0] - AXES[plane][1];
  const fractions = ends.map((mm) => niivue.mm2frac(mm, 0, true));
  const away = Math.abs(fractions[0][depth] - niivue.scene.crosshairPos[depth]) * image.dimsRAS[depth + 1];
  if (slice.axCorSag !== plane || away > 0.5) return [];
  const [from, to] = fractions.map((fraction) => onScreen(slice, niivue.frac2mm(fraction), dpr));
  return [{ from, to, text }];
}

/** CSS pixels of a point in mm along the voxel axes. */
function onScreen({ axCorSag, leftTopMM, fovMM, leftTopWidthHeight: [left, top, width, height] }, mm, dpr) {
  const [x, y] = AXES[axCorSag].map((axis, n) => (mm[axis] - leftTopMM[n]) / fovMM[n]);
  return [(left + x * width) / dpr, (top + (1 - y) * height) / dpr];
}

/** Replace the content of an SVG by marks. */
export function draw(svg, { letters, arms, lines }) {
  const make = (name, attributes, text = "") => {
    const made = document.createElementNS(svg.namespaceURI, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  };
  svg.replaceChildren(
    ...arms.map(({ from, to }) => make("path", { d: `M${from}L${to}` })),
    ...letters.map(({ side, text, x, y }) => make("text", { class: side, x, y }, text)),
    ...lines.flatMap(({ from, to, text }) => [
      make("line", { x1: from[0], y1: from[1], x2: to[0], y2: to[1] }),
      ...[from, to].map(([cx, cy]) => make("circle", { cx, cy, r: 3 })),
      make("text", { class: "distance", x: to[0], y: to[1] - 14 }, text),
    ]),
  );
}

/** Draw the same marks into a picture. */
export function paint(context, { letters, arms, lines }) {
  const texts = [...letters, ...lines.map(({ to, text }) => ({ text, x: to[0], y: to[1] - 14 }))];
  context.save();
  context.strokeStyle = INK;
  context.beginPath();
  for (const { from, to } of arms) {
    context.moveTo(...from);
    context.lineTo(...to);
  }
  context.stroke();
  Object.assign(context, { font: FONT, textAlign: "center", textBaseline: "middle" });
  Object.assign(context, { fillStyle: INK, strokeStyle: "#000", lineWidth: 3, lineJoin: "round" });
  for (const { text, x, y } of texts) {
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  }
  Object.assign(context, { strokeStyle: INK, lineWidth: 1.5 });
  for (const { from, to } of lines) {
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    for (const [x, y] of [from, to]) {
      context.moveTo(x + 3, y);
      context.arc(x, y, 3, 0, 2 * Math.PI);
    }
    context.stroke();
  }
  context.restore();
}
