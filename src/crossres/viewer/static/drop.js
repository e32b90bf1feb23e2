// Files that the user drops or opens: read in the browser, sent nowhere.

const $ = (id) => document.getElementById(id);
const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

/** Take files dropped anywhere on the page, or chosen in a dialog. */
export function acceptFiles(page) {
  const listenFor = (type, act) => window.addEventListener(type, act, { capture: true });
  for (const type of ["dragenter", "dragover"]) {
    listenFor(type, (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      $("drop").hidden = false;
    });
  }
  listenFor("dragleave", (event) => {
    if (!event.relatedTarget) $("drop").hidden = true;
  });
  listenFor("drop", (event) => {
    if (!hasFiles(event)) return;
    // A browser would leave the page for the file, and NiiVue would show it in one canvas alone.
    event.preventDefault();
    event.stopImmediatePropagation();
    $("drop").hidden = true;
    const [file] = event.dataTransfer.files;
    const pane = page.panes.find(({ section }) => section.contains(event.target));
    if (file) page.open(file, pane);
  });
  $("open").onclick = () => $("file").click();
  $("file").onchange = () => {
    const [file] = $("file").files;
    if (file) page.open(file);
    $("file").value = "";
  };
}
