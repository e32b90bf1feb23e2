// The page: loads the volumes of result.json, and connects controls, keys and panes.

import { registerColours } from "./colours.js";
import { acceptFiles } from "./drop.js";
import { showFacts } from "./facts.js";
import { enhancedPlane, headBox } from "./framing.js";
import { explain, listen, shortcuts } from "./keys.js";
import { Overlay } from "./overlay.js";
import { Linked, Pane, RENDER_TOO } from "./panes.js";
import { Ruler } from "./ruler.js";
import { saveScreenshot } from "./screenshot.js";
import { load, middle, number, readFile, sides, valueAt, voxelAt } from "./volumes.js";
import { GreyWindow, groupOf } from "./window.js";

const $ = (id) => document.getElementById(id);
const [BEFORE, AFTER] = [0, 1]; // of the panes

class Page {
  constructor(description) {
    this.description = description;
    this.volumes = new Map();
    this.panes = [...document.querySelectorAll(".pane")].map((section) => new Pane(section, $("pane")));
    this.linked = new Linked(this.panes, { onMove: (mm) => this.report(mm), onActive: () => this.grey.describe() });
    this.ruler = new Ruler(this.panes, (text) => this.measured(text));
    this.grey = new GreyWindow(this.linked, (group, ends) => this.window(group, ends));
    this.overlay = new Overlay(registerColours(), () => this.redraw());
    this.mode = "grid";
  }

  /** Load every volume and show the first ones. */
  async start() {
    const entries = this.description.volumes;
    for (const pane of this.panes) await pane.start();
    for (const [n, entry] of entries.entries()) {
      showStatus(`Loading ${entry.title} (${n + 1} of ${entries.length})…`);
      this.add(await load(entry));
    }
    for (const pane of this.panes) {
      const first = pane.section.dataset.default.split(" ").find((name) => this.volumes.has(name));
      pane.show(this.volumes.get(first ?? "result"), null);
    }
    this.linked.box = headBox(this.result);
    this.linked.activate(this.panes[AFTER]);
    this.look(enhancedPlane(this.result.image, this.volumes.get("input")?.image));
    this.reset();
    new ResizeObserver(() => requestAnimationFrame(() => this.linked.refit())).observe($("panes"));
    showStatus("");
  }

  get result() {
    return this.volumes.get("result");
  }

  /** Add a volume to every list of choices. */
  add(volume) {
    const known = this.volumes.has(volume.name);
    this.volumes.set(volume.name, volume);
    this.overlay.add(volume);
    if (known) return;
    for (const { select } of this.panes) select.append(new Option(volume.title, volume.name));
    const row = document.querySelector("#values tbody").insertRow();
    row.dataset.name = volume.name;
    const head = Object.assign(document.createElement("th"), { textContent: volume.title, title: volume.meaning });
    head.scope = "row";
    row.append(head, document.createElement("td"));
  }

  /** Draw what changed, with the overlay where it is switched on. */
  redraw() {
    const { mm } = this.linked.active;
    for (const pane of this.panes) {
      const overlay = this.overlay.for(pane.volume);
      if (overlay || !pane.shows(pane.volume, overlay)) pane.show(pane.volume, overlay, mm);
      pane.describe(overlay && this.overlay.legend);
    }
    this.report(mm);
  }

  /** Show a volume in a pane. */
  put(volume, pane) {
    const overlay = this.overlay.for(volume);
    pane.show(volume, overlay, this.linked.active.mm);
    pane.describe(overlay && this.overlay.legend);
    this.grey.describe();
    this.linked.refit();
    this.split();
  }

  /** Show the position of the cross-hair, and the value of every volume there. */
  report(mm) {
    const voxel = voxelAt(this.result.image, mm).join(", ");
    $("place").textContent = `${sides(mm)} mm; voxel ${voxel} of the result`;
    for (const row of document.querySelectorAll("#values tbody tr")) {
      const volume = this.volumes.get(row.dataset.name);
      const value = valueAt(volume.image, mm);
      row.cells[1].textContent = value === null ? "outside" : number(value);
      row.cells[1].title = volume.unit;
    }
  }

  /** Move the cross-hair by voxels of the result, along the voxel axis nearest to R, A or S. */
  step(axis, count) {
    const { image } = this.result;
    const voxel = [...image.mm2vox(this.linked.active.mm, true)];
    voxel[axis] += count;
    this.linked.moveTo([...image.vox2mm(voxel, image.matRAS)]);
  }

  /** Move the cross-hair to the right on the screen. */
  sideways(count) {
    this.step(0, pressed("radiological") ? -count : count);
  }

  zoom(factor) {
    this.linked.zoom(factor);
  }

  /** The head as large as possible, and the cross-hair in its middle. */
  reset() {
    this.linked.moveTo(middle(this.result.image, this.linked.box));
    this.linked.fit();
  }

  /** All four, two with a slider, or the active one. */
  arrange(mode) {
    this.mode = mode;
    const visible = { grid: this.panes, compare: [this.panes[BEFORE], this.panes[AFTER]], single: [this.linked.active] };
    for (const pane of this.panes) pane.section.classList.toggle("away", !visible[mode].includes(pane));
    if (!this.linked.active.isVisible) this.linked.activate(this.panes[AFTER]);
    this.panes[AFTER].section.classList.toggle("after", mode === "compare");
    for (const { niivue } of this.panes) niivue.opts.multiplanarShowRender = RENDER_TOO[mode];
    $("panes").dataset.mode = mode;
    $("divider").hidden = $("splitter").hidden = mode !== "compare";
    choose("mode", mode);
    this.split();
    // Panes that were hidden did not follow.
    requestAnimationFrame(() => {
      this.linked.moveTo(this.linked.active.mm);
      this.linked.refit();
    });
  }

  /** Put the border between before and after where the slider is. */
  split() {
    $("panes").style.setProperty("--split", `${$("split").value}%`);
    const [before, after] = [BEFORE, AFTER].map((n) => this.panes[n].volume?.title ?? "");
    [$("before").textContent, $("after").textContent] = [before, after];
  }

  /** Show all of after, or all of before. */
  blink() {
    if (this.mode !== "compare") this.arrange("compare");
    $("split").value = Number($("split").value) > 0 ? 0 : 100;
    this.split();
  }

  look(plane) {
    this.plane = $("panes").dataset.plane = plane;
    for (const pane of this.panes) pane.look(plane, pressed("crosshair"));
    this.linked.refit();
    choose("plane", plane);
  }

  /** Switch something on or off in every pane. */
  toggle(id) {
    const on = !pressed(id);
    $(id).setAttribute("aria-pressed", on);
    for (const { niivue } of this.panes) {
      if (id === "radiological") niivue.setRadiologicalConvention(on);
      if (id === "smooth") niivue.setInterpolation(!on);
    }
    if (id === "crosshair") this.look(this.plane);
    if (id === "ruler") this.ruler.toggle(on);
    $("radiological").textContent = pressed("radiological") ? "Right on left" : "Right on right";
  }

  toggleOverlay() {
    this.overlay.toggle();
  }

  nextOverlay() {
    this.overlay.next();
  }

  changeOpacity(percent) {
    this.overlay.changeOpacity(percent);
  }

  help() {
    $("keys").showModal();
  }

  /** Show a file of the user's in a pane. */
  async open(file, pane = this.linked.active) {
    showStatus(`Reading ${file.name}…`);
    try {
      const volume = await readFile(file);
      this.add(volume);
      this.put(volume, pane);
      this.report(pane.mm);
      showStatus(`${file.name} is shown; it stays in this browser.`);
    } catch (error) {
      console.warn(error);
      showStatus(`${file.name} cannot be read; give a volume such as a .nii.gz`, true);
    }
  }

  /** Set the grey window of a group of images; null for those of their files. */
  window(group, ends) {
    const isMeant = (volume) => volume.role === "image" && groupOf(volume) === group;
    for (const volume of this.volumes.values()) {
      if (isMeant(volume)) [volume.image.cal_min, volume.image.cal_max] = ends ?? volume.range;
    }
    for (const { niivue, volume } of this.panes) if (isMeant(volume)) niivue.updateGLVolume();
  }

  resetWindow() {
    this.grey.reset();
  }

  /** Show the distance that the ruler measures. */
  measured(text) {
    $("distance").textContent = text && `Ruler: ${text}`;
  }

  async screenshot() {
    showStatus(`Saved ${await saveScreenshot(this)}`);
  }
}

const pressed = (id) => $(id).getAttribute("aria-pressed") === "true";

function choose(group, value) {
  for (const button of document.querySelectorAll(`[data-${group}]`)) {
    if (button.tagName === "BUTTON") button.setAttribute("aria-pressed", button.dataset[group] === value);
  }
}

function showStatus(text, problem = false) {
  $("status").textContent = text;
  $("status").classList.toggle("problem", problem);
}

/** Connect what can be clicked, moved and typed. */
function connect(page) {
  const table = shortcuts(page);
  explain(document.querySelector("#keys dl"), table);
  listen(table);
  for (const button of document.querySelectorAll("button[data-mode]")) {
    button.onclick = () => page.arrange(button.dataset.mode);
  }
  for (const button of document.querySelectorAll("button[data-plane]")) {
    button.onclick = () => page.look(button.dataset.plane);
  }
  for (const id of ["radiological", "smooth", "crosshair", "ruler"]) $(id).onclick = () => page.toggle(id);
  for (const pane of page.panes) {
    pane.select.onchange = () => page.put(page.volumes.get(pane.select.value), pane);
  }
  $("help").onclick = () => page.help();
  $("split").oninput = () => page.split();
  $("screenshot").onclick = () => page.screenshot();
  acceptFiles(page);
}

async function main() {
  const answer = await fetch("result.json");
  const description = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(description.problem ?? "the viewer has ended; start it again");
  $("name").textContent = document.title = description.name;
  showFacts(description);
  const page = new Page(description);
  await page.start();
  connect(page);
  document.body.dataset.ready = "true";
}

main().catch((error) => {
  showStatus(`Cannot show the result: ${error.message ?? error}`, true);
  console.error(error);
});
