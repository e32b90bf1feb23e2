// The ruler: the distance in mm between two points of one slice, shown in every pane.

import { AXES } from "./framing.js";
import { number } from "./volumes.js";

const LEFT = 0;

export class Ruler {
  constructor(panes, onChange) {
    [this.panes, this.onChange] = [panes, onChange];
    this.on = false;
    for (const pane of panes) this.#listen(pane);
  }

  /** Let the left button draw a line instead of moving the cross-hair; switching off removes it. */
  toggle(on) {
    this.on = on;
    for (const pane of this.panes) pane.leftButton(on ? "none" : "crosshair");
    if (!on) this.#show(null);
  }

  #listen({ canvas, niivue }) {
    let start = null;
    canvas.addEventListener("pointerdown", (event) => {
      start = this.on && event.button === LEFT && !event.shiftKey ? pointAt(niivue, event) : null;
      if (start) canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      const end = start && pointAt(niivue, event);
      if (end && end.tile === start.tile) this.#show(start, end);
    });
    for (const type of ["pointerup", "pointercancel"]) canvas.addEventListener(type, () => (start = null));
  }

  #show(start, end) {
    const distance = start && Math.hypot(...start.mm.map((n, axis) => end.mm[axis] - n));
    const text = start ? `${number(Number(distance.toFixed(1)))} mm` : "";
    const shown = start && { plane: start.plane, ends: [start.mm, end.mm], text };
    for (const pane of this.panes) pane.showRuler(shown);
    this.onChange(text);
  }
}

/** The point of a slice under the pointer, in world mm, and the plane and tile that it is on. */
function pointAt(niivue, { offsetX, offsetY }) {
  const dpr = niivue.uiData.dpr ?? 1;
  const [x, y] = [offsetX * dpr, offsetY * dpr];
  const tile = niivue.screenSlices.findIndex(({ axCorSag, leftTopWidthHeight: [left, top, width, height] }) =>
    AXES[axCorSag] && x >= left && x <= left + width && y >= top && y <= top + height);
  if (tile < 0) return null;
  const mm = [...niivue.frac2mm(niivue.screenXY2TextureFrac(x, y, tile, false), 0, true)].slice(0, 3);
  return { mm, tile, plane: niivue.screenSlices[tile].axCorSag };
}
