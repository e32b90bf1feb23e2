// A picture of the panes with their marks, the place, the grey window and the overlay's legend.

import { FONT, INK, marksOf, paint } from "./annotations.js";
import { number } from "./volumes.js";

const $ = (id) => document.getElementById(id);
const FOOT = 44; // CSS pixels of the lines below the panes

/** Save what the panes show as a PNG. */
export async function saveScreenshot(page) {
  const canvas = picture(page);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const link = Object.assign(document.createElement("a"), {
    href: URL.createObjectURL(blob),
    download: `${page.description.name.replace(/\.(nii(\.gz)?|mgz|mgh|nrrd)$/, "")}_${page.plane}.png`,
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return link.download;
}

function picture(page) {
  const area = $("panes").getBoundingClientRect();
  const scale = devicePixelRatio;
  const canvas = Object.assign(document.createElement("canvas"), {
    width: Math.round(area.width * scale), height: Math.round((area.height + FOOT) * scale),
  });
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  context.fillStyle = getComputedStyle($("panes")).backgroundColor;
  context.fillRect(0, 0, area.width, area.height);
  for (const pane of page.panes.filter((one) => one.isVisible)) paintPane(context, pane, area);
  context.translate(0, area.height);
  paintFoot(context, area.width, page);
  return canvas;
}

function paintPane(context, pane, area) {
  const box = pane.canvas.getBoundingClientRect();
  const isAfter = pane.section.classList.contains("after");
  const hidden = isAfter ? (Number($("split").value) / 100) * box.width : 0;
  context.save();
  context.translate(Math.round(box.x - area.x), Math.round(box.y - area.y));
  context.beginPath();
  context.rect(hidden, 0, box.width - hidden, box.height);
  context.clip();
  context.fillStyle = "#000"; // overlays and renderings can be translucent
  context.fillRect(0, 0, box.width, box.height);
  // A canvas of WebGL can be copied only in the task that drew it.
  pane.niivue.drawScene();
  context.drawImage(pane.canvas, 0, 0, ...[pane.canvas.width, pane.canvas.height].map((n) => n / devicePixelRatio));
  paint(context, marksOf(pane));
  Object.assign(context, { font: FONT, fillStyle: "#e8eaed", textBaseline: "middle" });
  context.textAlign = isAfter ? "right" : "left";
  context.fillText(pane.volume.title, isAfter ? box.width - 8 : 8, 13);
  context.restore();
}

function paintFoot(context, width, page) {
  Object.assign(context, { fillStyle: "#14181d", textBaseline: "middle", textAlign: "left" });
  context.fillRect(0, 0, width, FOOT);
  Object.assign(context, { fillStyle: "#e8eaed", font: FONT });
  const [span, level] = page.grey.of(page.result).map(number);
  const grey = `window ${span}, level ${level} (${page.result.unit})`;
  context.fillText([page.description.name, $("place").textContent, grey].join("   "), 8, 13, width - 16);
  context.fillStyle = INK;
  context.fillText("For research, not for diagnosis.", 8, 32);
  const legend = page.overlay.legend;
  if (!legend) return;
  context.fillStyle = "#e8eaed";
  context.textAlign = "right";
  context.fillText(`${legend.title}   ${legend.low}`, width - 190, 32);
  context.drawImage(legend.bar, width - 182, 26, 110, 12);
  context.textAlign = "left";
  context.fillText(legend.high, width - 64, 32);
}
