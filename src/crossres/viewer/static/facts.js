// The content of the JSON file beside the result, for a reader.

import { number } from "./volumes.js";

const percent = (share) => {
  const value = 100 * share;
  return value > 0 && value < 0.01 ? "< 0.01\u00a0%" : `${number(Number(value.toFixed(value < 1 ? 2 : 1)))}\u00a0%`;
};
const times = (values, unit = "") => values.map((value) => number(value)).join(" × ") + unit;

/** Fill verdict, warnings and the list of facts. */
export function showFacts({ verdict, sidecar }) {
  showVerdict(verdict);
  showWarnings(sidecar?.warnings ?? []);
  const list = document.getElementById("facts");
  for (const [label, text] of facts(sidecar)) {
    list.append(
      Object.assign(document.createElement("dt"), { textContent: label }),
      Object.assign(document.createElement("dd"), { textContent: text }),
    );
  }
}

function showVerdict({ level, headline, meaning }) {
  if (!headline) return;
  const section = document.getElementById("verdict");
  section.className = ["good", "doubtful", "bad"].includes(level) ? level : "";
  section.hidden = false;
  document.getElementById("headline").textContent = headline;
  document.getElementById("meaning").textContent = meaning ?? "";
}

function showWarnings(texts) {
  document.getElementById("warnings").hidden = texts.length === 0;
  const list = document.querySelector("#warnings ul");
  for (const text of texts) list.append(Object.assign(document.createElement("li"), { textContent: text }));
}

/** Labels and texts for the list. */
export function* facts(sidecar) {
  if (!sidecar) {
    yield ["unknown", "no JSON file beside the result"];
    return;
  }
  const { consistency, factors, grids, inputs, timings_seconds: seconds } = sidecar;
  if (consistency) {
    yield [
      "data-consistency error",
      `${percent(consistency.interpolation)} interpolated (cubic), ${percent(consistency.result)} result`,
    ];
  }
  if (factors) yield ["factors", times(factors)];
  if (grids) {
    yield ["voxels", `${times(grids.target.spacing_mm)} mm to ${times(grids.result.spacing_mm)} mm`];
  }
  if (sidecar.weights) yield ["weights", sidecar.weights];
  for (const [role, input] of Object.entries(inputs ?? {})) if (input?.file) yield [role, input.file];
  if (inputs?.guide) yield ["alignment", alignment(sidecar)];
  if (seconds?.total) yield ["time", `${number(Number(seconds.total.toFixed(1)))} s`];
  if (sidecar.created) yield ["made", sidecar.created.replace("T", " ").replace("+00:00", " UTC")];
  if (sidecar.versions?.crossres) yield ["crossres", sidecar.versions.crossres];
}

function alignment({ guide_left_out: leftOut, registration, transform, settings }) {
  if (leftOut) return "guide left out: it does not fit";
  const motion = registration ?? transform;
  if (!motion) return settings?.register === false ? "not registered: its header was trusted" : "none";
  const { displacement_mm: displacement, rotation_deg: angle } = motion;
  if (displacement === undefined || angle === undefined) return "guide registered";
  if (displacement === 0 && angle === 0) return "already aligned";
  return `mean displacement ${displacement.toFixed(2)} mm in the head, angle ${angle.toFixed(2)}°`;
}
