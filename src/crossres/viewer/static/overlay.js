// The overlay: one map (or image) over another image, with opacity, threshold and colour bar.

import { drawBar, dress, extent, firstThreshold, hasThreshold, ticks } from "./colours.js";
import { number, secondView } from "./volumes.js";

const $ = (id) => document.getElementById(id);

export class Overlay {
  constructor(niivue, onChange) {
    [this.niivue, this.onChange] = [niivue, onChange];
    this.known = niivue.colormaps();
    this.volumes = new Map();
    this.views = new Map();
    this.thresholds = new Map();
    this.last = null;
    $("overlay").onchange = () => this.update();
    $("everywhere").onchange = () => this.update();
    $("opacity").oninput = () => this.#soon();
    $("threshold").oninput = () => {
      this.thresholds.set(this.last, $("threshold").value);
      this.#soon();
    };
    this.update({ quietly: true });
  }

  /** Make a volume known: maps come first in the list, images can be laid over each other too. */
  add(volume) {
    const isNew = !this.volumes.has(volume.name);
    this.volumes.set(volume.name, volume);
    this.views.set(volume.name, secondView(volume.image));
    if (!isNew) return;
    if (volume.role === "map") this.last ??= volume.name;
    this.#group(volume.role).append(new Option(volume.title, volume.name));
  }

  get chosen() {
    return this.volumes.get($("overlay").value) ?? null;
  }

  /** Return what lies over a volume in a pane: a NiiVue image, or null. */
  for(volume) {
    const { chosen } = this;
    const wanted = $("everywhere").checked || volume.name === "result";
    return chosen && wanted && chosen !== volume ? this.views.get(chosen.name) : null;
  }

  /** Switch between nothing and what was last shown. */
  toggle() {
    $("overlay").value = this.chosen ? "" : (this.last ?? "");
    this.update();
  }

  /** Go on to the next map, and after the last one to nothing. */
  next() {
    const maps = ["", ...[...this.volumes.values()].filter((v) => v.role === "map").map((v) => v.name)];
    $("overlay").value = maps[(maps.indexOf($("overlay").value) + 1) % maps.length];
    this.update();
  }

  changeOpacity(percent) {
    $("opacity").value = Number($("opacity").value) + percent;
    this.update();
  }

  /** Set the colours of the view, show their meaning, and draw it. */
  update({ quietly = false } = {}) {
    const { chosen } = this;
    if (chosen) {
      this.last = chosen.name;
      $("threshold").value = this.thresholds.get(chosen.name) ?? firstThreshold(chosen);
      const view = this.views.get(chosen.name);
      dress(view, chosen, this.#colours);
      view._opacity = Number($("opacity").value) / 100;
    }
    this.#describe(chosen);
    if (!quietly) this.onChange();
  }

  get #colours() {
    return { niivue: this.niivue, known: this.known, share: Number($("threshold").value) / 100 };
  }

  #describe(chosen) {
    $("opacity-value").textContent = `${$("opacity").value}\u00a0%`;
    $("threshold").disabled = !chosen || !hasThreshold(chosen);
    $("threshold-value").textContent =
      chosen && hasThreshold(chosen) ? number(this.#colours.share * extent(chosen)) : "";
    $("colourbar").hidden = !chosen;
    this.legend = null;
    if (!chosen) return;
    const bar = document.querySelector("#colourbar canvas");
    drawBar(bar, chosen, this.#colours);
    const [low, middle, high] = ticks(chosen).map(number);
    this.legend = { title: chosen.title, low, high, bar };
    bar.setAttribute("aria-label", `Colour bar of ${chosen.title}, from ${low} to ${high} ${chosen.unit}`);
    $("ticks").replaceChildren(...[low, middle, high].map((text) => Object.assign(document.createElement("span"), { textContent: text })));
    document.querySelector("#colourbar figcaption").textContent = [chosen.unit, chosen.meaning].filter(Boolean).join(". ");
  }

  #soon() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.update();
    });
  }

  #group(role) {
    const label = role === "map" ? "Maps" : "Images";
    const found = document.querySelector(`#overlay optgroup[label="${label}"]`);
    if (found) return found;
    const group = Object.assign(document.createElement("optgroup"), { label });
    if (role === "map") $("overlay").options[0].after(group);
    else $("overlay").append(group);
    return group;
  }
}
