// Keyboard shortcuts and the panel that lists them: one table for both.

/** Build the table of shortcuts from what the page can do. */
export function shortcuts(page) {
  const step = (axis, sign) => (event) => page.step(axis, sign * (event.shiftKey ? 5 : 1));
  return [
    [["ArrowLeft"], "←", "left on the screen (with Shift 5 voxels)", (event) => page.sideways(event.shiftKey ? -5 : -1)],
    [["ArrowRight"], "→", "right on the screen", (event) => page.sideways(event.shiftKey ? 5 : 1)],
    [["ArrowUp"], "↑", "forward, to the patient's front", step(1, 1)],
    [["ArrowDown"], "↓", "backward", step(1, -1)],
    [["PageUp"], "Page up", "up, to the patient's head", step(2, 1)],
    [["PageDown"], "Page down", "down", step(2, -1)],
    [["g"], "G", "all four", () => page.arrange("grid")],
    [["c"], "C", "before and after, with a slider", () => page.arrange("compare")],
    [["e"], "E", "the active one, large", () => page.arrange("single")],
    [["b", " "], "B, space", "blink between before and after", () => page.blink()],
    [["1"], "1", "three planes", () => page.look("multiplanar")],
    [["2"], "2", "axial", () => page.look("axial")],
    [["3"], "3", "coronal", () => page.look("coronal")],
    [["4"], "4", "sagittal", () => page.look("sagittal")],
    [["5"], "5", "rendered in 3-D", () => page.look("render")],
    [["o"], "O", "overlay on, off", () => page.toggleOverlay()],
    [["n"], "N", "next map", () => page.nextOverlay()],
    [["]"], "]", "overlay more opaque", () => page.changeOpacity(10)],
    [["["], "[", "less opaque", () => page.changeOpacity(-10)],
    [["+", "="], "+", "zoom in", () => page.zoom(1.25)],
    [["-"], "-", "zoom out", () => page.zoom(0.8)],
    [["0"], "0", "fit to the head, cross-hair in its middle", () => page.reset()],
    [["m"], "M", "ruler: drag to measure a distance", () => page.toggle("ruler")],
    [["w"], "W", "first grey window", () => page.resetWindow()],
    [["s"], "S", "save a screenshot (PNG)", () => page.screenshot()],
    [["r"], "R", "patient's right on the left or on the right", () => page.toggle("radiological")],
    [["i"], "I", "voxels or smooth", () => page.toggle("smooth")],
    [["x"], "X", "cross-hair", () => page.toggle("crosshair")],
    [["?", "h"], "?", "this panel", () => page.help()],
  ];
}

const MOUSE = [
  ["click, drag", "move the cross-hair; with the ruler measure"],
  ["wheel", "through the slices; with Ctrl zoom"],
  ["right drag", "sideways window, up and down level"],
  ["middle drag", "move the image, also Shift and drag; in 3-D any drag rotates"],
  ["drop a file", "show it in the pane below the pointer"],
];

/** Listen to the keyboard, except in input fields. */
export function listen(table) {
  const actions = new Map(table.flatMap(([keys, , , act]) => keys.map((key) => [key, act])));
  const onKey = (event) => {
    const busy = event.target.closest?.("input, select, dialog") || event.ctrlKey || event.metaKey || event.altKey;
    const pressing = event.key === " " && event.target.closest?.("button");
    const act = actions.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    if (busy || pressing) return;
    // The shortcuts of NiiVue act on one canvas only.
    event.stopImmediatePropagation();
    if (!act) return;
    event.preventDefault();
    act(event);
  };
  window.addEventListener("keydown", onKey, { capture: true });
  window.addEventListener("keyup", (event) => event.target.closest?.("canvas") && event.stopImmediatePropagation(), {
    capture: true,
  });
}

/** Fill the panel. */
export function explain(list, table) {
  const rows = [...table.map(([, shown, text]) => [shown, text]), ...MOUSE];
  for (const [shown, text] of rows) {
    const [row, term] = ["div", "dt"].map((name) => document.createElement(name));
    term.append(Object.assign(document.createElement("kbd"), { textContent: shown }));
    row.append(term, Object.assign(document.createElement("dd"), { textContent: text }));
    list.append(row);
  }
}
