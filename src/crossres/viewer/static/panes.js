// Panes: one NiiVue canvas each, all looking at one point.

import { draw, marksOf } from "./annotations.js";
import { filling } from "./framing.js";
import { DRAG_MODE, Niivue, SHOW_RENDER, SLICE_TYPE } from "./niivue.js";
import { number, valueAt } from "./volumes.js";

const PLANES = {
  multiplanar: SLICE_TYPE.MULTIPLANAR,
  axial: SLICE_TYPE.AXIAL,
  coronal: SLICE_TYPE.CORONAL,
  sagittal: SLICE_TYPE.SAGITTAL,
  render: SLICE_TYPE.RENDER,
};
/** Whether the three planes leave a place for the rendering: only where there is room. */
export const RENDER_TOO = { grid: SHOW_RENDER.NEVER, compare: SHOW_RENDER.NEVER, single: SHOW_RENDER.ALWAYS };
const CROSSHAIR = 0.6; // mm, of the rendering
const [LEAST_ZOOM, MOST_ZOOM] = [0.5, 30];
const MIDDLE = 4; // in the buttons of an event
const OPTIONS = {
  logLevel: "warn",
  dragAndDropEnabled: false,
  isNearestInterpolation: true,
  isRadiologicalConvention: true,
  sagittalNoseLeft: true,
  multiplanarShowRender: RENDER_TOO.grid,
  multiplanarPadPixels: 2,
  show3Dcrosshair: true,
  crosshairColor: [1, 0.83, 0.3, 0.8],
  crosshairWidthUnit: "mm",
  isOrientationTextVisible: false, // annotations.js draws it
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
    this.canvas = section.querySelector(".stage canvas");
    this.legend = section.querySelector(".legend");
    this.marks = section.querySelector("svg");
    [this.volume, this.shown, this.ruler, this.crosshair] = [null, [], null, true];
    this.niivue = new Niivue(OPTIONS);
    const { niivue } = this;
    const drawScene = niivue.drawScene.bind(niivue);
    niivue.drawScene = () => {
      drawScene();
      this.annotate();
    };
    this.leftButton("crosshair");
  }

  /** What the left button does: "crosshair", or "none" where another part of the page listens. */
  leftButton(mode) {
    this.niivue.setMouseEventConfig({
      leftButton: { primary: DRAG_MODE[mode], withShift: DRAG_MODE.pan },
      rightButton: DRAG_MODE.none, // the grey window
      centerButton: DRAG_MODE.pan,
    });
  }

  /** Draw letters, cross-hair and ruler over the canvas. */
  annotate() {
    draw(this.marks, marksOf(this));
  }

  /** Show a plane, with the cross-hair or without. */
  look(plane, crosshair) {
    this.crosshair = crosshair;
    this.niivue.opts.crosshairWidth = crosshair && plane === "render" ? CROSSHAIR : 0;
    this.niivue.setSliceType(PLANES[plane]);
  }

  /** Show a line with the distance between its ends, or none. */
  showRuler(ruler) {
    this.ruler = ruler;
    this.annotate();
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

  /** Show the colours of the overlay, or that there are none. */
  describe(legend) {
    this.legend.hidden = !legend;
    if (!legend) return;
    const [low, canvas, high] = this.legend.children;
    [low.textContent, high.textContent] = [legend.low, legend.high];
    canvas.getContext("2d").drawImage(legend.bar, 0, 0);
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

  /** Show this box (mm along the voxel axes) as large as the canvas allows. */
  fill(box) {
    this.niivue.scene.pan2Dxyzmm = filling(this.niivue, box);
    this.niivue.scene.volScaleMultiplier = 1;
    this.niivue.drawScene();
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
  constructor(panes, { onMove, onActive }) {
    [this.panes, this.onMove, this.onActive] = [panes, onMove, onActive];
    this.active = panes[0];
    [this.waiting, this.isFitted, this.box] = [false, false, null];
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
    this.onActive();
  }

  /** Show the box in every visible pane, until the user zooms or shifts. */
  fit() {
    this.isFitted = true;
    for (const pane of this.panes) if (pane.isVisible) pane.fill(this.box);
    this.#link();
  }

  /** Show the box again where it was shown: the size or the plane has changed. */
  refit() {
    if (this.isFitted) this.fit();
  }

  /** Change how far in all panes look; what lies under the cross-hair stays where it is. */
  zoom(factor) {
    const { scene } = this.active.niivue;
    const [x, y, z, before] = scene.pan2Dxyzmm;
    const after = Math.min(Math.max(before * factor, LEAST_ZOOM), MOST_ZOOM);
    const mm = this.active.niivue.frac2mm(scene.crosshairPos);
    scene.pan2Dxyzmm = [...[x, y, z].map((pan, n) => pan + mm[n] * (before - after)), after];
    scene.volScaleMultiplier = Math.min(Math.max(after, 1), 4);
    this.isFitted = false;
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
    pane.canvas.addEventListener("pointermove", ({ buttons, shiftKey }) => {
      if (buttons & MIDDLE || (buttons && shiftKey)) this.isFitted = false;
      if (buttons) this.#soon();
    });
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
