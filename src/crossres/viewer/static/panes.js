// Panes: one NiiVue canvas each, all looking at one point.

import { DRAG_MODE, Niivue, SHOW_RENDER, SLICE_TYPE } from "./niivue.js";
import { number, valueAt } from "./volumes.js";

export const PLANES = {
  multiplanar: SLICE_TYPE.MULTIPLANAR,
  axial: SLICE_TYPE.AXIAL,
  coronal: SLICE_TYPE.CORONAL,
  sagittal: SLICE_TYPE.SAGITTAL,
  render: SLICE_TYPE.RENDER,
};
/** Whether the three planes leave a place for the rendering: only where there is room. */
export const RENDER_TOO = { grid: SHOW_RENDER.NEVER, compare: SHOW_RENDER.NEVER, single: SHOW_RENDER.ALWAYS };
export const CROSSHAIR = 0.6; // mm
const OPTIONS = {
  logLevel: "warn",
  dragAndDropEnabled: false,
  isNearestInterpolation: true,
  isRadiologicalConvention: true,
  multiplanarShowRender: RENDER_TOO.grid,
  multiplanarPadPixels: 2,
  show3Dcrosshair: true,
  crosshairColor: [1, 0.83, 0.3, 0.8],
  crosshairWidth: CROSSHAIR,
  crosshairWidthUnit: "mm",
  isCornerOrientationText: true,
  fontColor: [0.62, 0.66, 0.71, 1],
  dragMode: DRAG_MODE.none,
  loadingText: "",
};

/** One canvas with a choice of what it shows and the value at the cross-hair. */
export class Pane {
  constructor(section, template) {
    section.append(template.content.cloneNode(true));
    this.section = section;
    this.select = section.querySelector("select");
    this.value = section.querySelector(".value");
    this.canvas = section.querySelector("canvas");
    [this.volume, this.shown] = [null, []];
    this.niivue = new Niivue(OPTIONS);
    this.niivue.setMouseEventConfig({
      leftButton: { primary: DRAG_MODE.crosshair },
      rightButton: DRAG_MODE.pan,
      centerButton: DRAG_MODE.pan,
    });
  }

  /** Begin to draw; NiiVue requires the canvas to be on the page. */
  start() {
    return this.niivue.attachToCanvas(this.canvas);
  }

  /** Show a volume, and over it another one or nothing. */
  show(volume, overlay, mm) {
    const { niivue } = this;
    [this.volume, this.shown] = [volume, [volume.image, overlay].filter(Boolean)];
    niivue.volumes = this.shown;
    niivue.setVolume(volume.image, 0);
    this.select.value = volume.name;
    this.canvas.setAttribute("aria-label", `${volume.title}. ${volume.meaning}`);
    if (mm) this.place(mm);
  }

  /** Whether this is shown already. */
  shows(volume, overlay) {
    const [image, over = null] = this.shown;
    return volume.image === image && overlay === over;
  }

  /** Where the cross-hair is, in mm. */
  get mm() {
    const { niivue } = this;
    return [...niivue.frac2mm(niivue.scene.crosshairPos, 0, true)].slice(0, 3);
  }

  /** Move the cross-hair to a point in mm. */
  place(mm) {
    const { niivue } = this;
    niivue.scene.crosshairPos = niivue.mm2frac(mm, 0, true);
    niivue.drawScene();
    this.read();
  }

  /** Look from where another pane looks. */
  follow(other) {
    const [mine, theirs] = [this.niivue.scene, other.niivue.scene];
    mine.pan2Dxyzmm = theirs.pan2Dxyzmm.slice();
    mine.renderAzimuth = theirs.renderAzimuth;
    mine.renderElevation = theirs.renderElevation;
    mine.volScaleMultiplier = theirs.volScaleMultiplier;
  }

  /** Show the value at the cross-hair. */
  read() {
    const value = valueAt(this.volume.image, this.mm);
    this.value.textContent = value === null ? "outside" : number(value);
    this.section.dataset.mm = this.mm.map((n) => n.toFixed(2)).join(" ");
  }

  get isVisible() {
    return !this.section.classList.contains("away");
  }
}

/** All panes, kept on one point and one view. */
export class Linked {
  constructor(panes, onMove) {
    [this.panes, this.onMove] = [panes, onMove];
    this.active = panes[0];
    this.waiting = false;
    for (const pane of panes) this.#listen(pane);
  }

  /** Move every cross-hair to a point in mm. */
  moveTo(mm) {
    this.active.place(mm);
    this.#link();
  }

  /** Make a pane the one that keys and files are meant for. */
  activate(pane) {
    this.active = pane;
    for (const other of this.panes) other.section.classList.toggle("active", other === pane);
  }

  /** Change how far in all panes look. */
  zoom(factor) {
    const { scene } = this.active.niivue;
    const [x, y, z, before] = scene.pan2Dxyzmm;
    const after = Math.min(Math.max(before * factor, 1), 20);
    const mm = this.active.niivue.frac2mm(scene.crosshairPos);
    // What lies under the cross-hair stays where it is; at 1 everything is in view again.
    const shifted = [x, y, z].map((pan, n) => (after === 1 ? 0 : pan + mm[n] * (before - after)));
    scene.pan2Dxyzmm = [...shifted, after];
    scene.volScaleMultiplier = Math.min(after, 4);
    this.active.niivue.drawScene();
    this.#link();
  }

  #listen(pane) {
    pane.niivue.onLocationChange = () => {
      if (pane === this.active && pane.volume) this.#soon();
    };
    const take = () => this.activate(pane);
    pane.section.addEventListener("pointerdown", take, { capture: true });
    pane.canvas.addEventListener("focus", take);
    pane.canvas.addEventListener("wheel", (event) => this.#wheel(pane, event), { capture: true, passive: false });
    pane.canvas.addEventListener("pointermove", (event) => event.buttons && this.#soon());
    // NiiVue would choose a grey window of its own, and these must stay alike.
    pane.canvas.addEventListener("dblclick", (event) => event.stopImmediatePropagation(), { capture: true });
  }

  /** The wheel scrolls; with Ctrl it zooms. */
  #wheel(pane, event) {
    this.activate(pane);
    if (event.ctrlKey) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.zoom(event.deltaY < 0 ? 1.1 : 1 / 1.1);
    } else this.#soon();
  }

  /** Bring the others along with the next picture, however many events there are till then. */
  #soon() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.#link();
    });
  }

  #link() {
    const { mm } = this.active;
    this.active.read();
    for (const pane of this.panes) {
      if (pane === this.active || !pane.volume) continue;
      pane.follow(this.active);
      if (pane.isVisible) pane.place(mm);
    }
    this.onMove(mm);
  }
}
