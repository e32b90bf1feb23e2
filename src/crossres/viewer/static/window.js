// Grey windows: window (width) and level (middle), one for each group of images.

import { number } from "./volumes.js";

const $ = (id) => document.getElementById(id);
const RIGHT = 2;
const WHOLE = 400; // CSS pixels of a drag that change the window by its first width
const NARROWEST = 0.01; // of the first width

/** Images of one unit share their window; a file of the user's has none. */
export const groupOf = ({ unit, name }) => unit || name;

export class GreyWindow {
  constructor(linked, onChange) {
    [this.linked, this.onChange] = [linked, onChange];
    this.changed = new Map();
    for (const pane of linked.panes) this.#listen(pane);
    for (const id of ["window", "level"]) {
      $(id).onchange = () => this.#set(linked.active.volume, [Number($("window").value), Number($("level").value)]);
    }
  }

  /** Show the window of the image in the active pane. */
  describe() {
    const { volume } = this.linked.active;
    const isImage = volume?.role === "image";
    for (const id of ["window", "level"]) $(id).disabled = !isImage;
    $("window-of").textContent = isImage ? volume.unit || volume.title : "a map has a fixed scale";
    if (isImage) [$("window").value, $("level").value] = this.of(volume).map(number);
  }

  /** Return to the windows that the files suggest. */
  reset() {
    const groups = [...this.changed.keys()];
    this.changed.clear();
    for (const group of groups) this.onChange(group, null);
    this.describe();
  }

  /** Width and level of an image. */
  of(volume) {
    const [black, white] = volume.range;
    return this.changed.get(groupOf(volume)) ?? [white - black, (black + white) / 2];
  }

  #set(volume, [width, level]) {
    if (volume.role !== "image" || !(width > 0) || !Number.isFinite(level)) return this.describe();
    this.changed.set(groupOf(volume), [width, level]);
    this.onChange(groupOf(volume), [level - width / 2, level + width / 2]);
    this.describe();
  }

  /** The right button: to the right a wider window, up a lower level, which is brighter. */
  #listen(pane) {
    let start = null;
    let waiting = false;
    pane.canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    pane.canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== RIGHT || !pane.volume) return;
      pane.canvas.setPointerCapture(event.pointerId);
      start = { x: event.clientX, y: event.clientY, volume: pane.volume, from: this.of(pane.volume) };
    });
    pane.canvas.addEventListener("pointermove", ({ clientX, clientY }) => {
      if (!start) return;
      start.move = [clientX - start.x, clientY - start.y];
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        if (start) this.#set(start.volume, moved(start));
      });
    });
    for (const type of ["pointerup", "pointercancel"]) {
      pane.canvas.addEventListener(type, () => {
        if (start?.move) this.#set(start.volume, moved(start));
        start = null;
      });
    }
  }
}

function moved({ volume: { range }, from: [width, level], move: [right, down] }) {
  const whole = range[1] - range[0];
  return [Math.max(width + (right * whole) / WHOLE, NARROWEST * whole), level + (down * whole) / WHOLE];
}
