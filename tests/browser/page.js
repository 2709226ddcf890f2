// What a test asks of JupyterLab's page. Runs before the page's own scripts.
// `jupyterapp` is there because the server is started with `expose_app_in_browser`.

window.lab = {
  panel() {
    const at = window.jupyterapp?.shell.currentWidget;
    return at?.content?.widgets && at.sessionContext ? at : null;
  },
  kernel() {
    return this.panel()?.sessionContext.session?.kernel;
  },
  ready() {
    return Boolean(this.panel()?.content.widgets.length) && ["idle", "busy"].includes(this.kernel()?.status);
  },
  cells() {
    return this.panel().content.widgets.filter((one) => one.model.type === "code");
  },
  cell(id) {
    return this.cells().find((one) => one.model.id === id);
  },
  mark() {
    this.panel().content.widgets.forEach((one) => { one.node.dataset.cell = one.model.id; });
  },
  run(id) {
    const book = this.panel().content;
    book.deselectAll();
    book.activeCellIndex = book.widgets.indexOf(this.cell(id));
    book.mode = "command";
    jupyterapp.commands.execute("notebook:run-cell"); // not awaited: it ends when the cell does
  },
  running(id) {
    return this.cell(id).promptNode.textContent.includes("*");
  },
  busy() {
    return this.kernel().status !== "idle" || this.cells().some((one) => this.running(one.model.id));
  },
  append(id, source) {
    const book = this.panel().content, cell = { cell_type: "code", id, source, metadata: {}, outputs: [] };
    book.model.sharedModel.insertCell(book.widgets.length, cell);
    this.mark();
  },
  outputs() {
    return Object.fromEntries(this.cells().map((one) => [one.model.id, one.model.outputs.toJSON()]));
  },
};

// Every class that an element with `data-node` gets or loses, as [node, class list], in order.
window.seen = [];
new MutationObserver((changes) => {
  for (const { target } of changes) if (target.dataset?.node) window.seen.push([target.dataset.node, [...target.classList]]);
}).observe(document, { subtree: true, attributeFilter: ["class"] });

window.look = {
  overflowing(root) {
    const cut = (one) => {
      const style = getComputedStyle(one);
      return one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1 && !["auto", "scroll"].includes(style.overflowX)
        && style.display !== "inline" && style.position !== "absolute";
    };
    return [root, ...root.querySelectorAll("*")].filter((one) => one instanceof HTMLElement && cut(one))
      .map((one) => `${one.tagName}.${one.className}: ${one.scrollWidth} in ${one.clientWidth}`);
  },
  faint(root) {
    const says = (one) => [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    return [...root.querySelectorAll("*")]
      .filter((one) => !one.closest("svg") && says(one) && one.checkVisibility())
      .map((one) => [contrast(one), one])
      .filter(([ratio]) => ratio < 4.5)
      .map(([ratio, one]) => `${ratio.toFixed(2)}: ${one.tagName}.${one.className} ${one.textContent.slice(0, 40)}`);
  },
};

// Of an element's text against what lies under it.
function contrast(one) {
  const under = grounds(one);
  const [dark, bright] = [under, [...under, getComputedStyle(one).color]].map(luminance).sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}

const grounds = (one) => (one ? [...grounds(one.parentElement), getComputedStyle(one).backgroundColor] : []);
const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

// Of colours on top of each other, the first at the bottom.
function luminance(colours) {
  pixel.clearRect(0, 0, 1, 1);
  for (const colour of colours) {
    pixel.fillStyle = colour;
    pixel.fillRect(0, 0, 1, 1);
  }
  const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const [red, green, blue] = [...pixel.getImageData(0, 0, 1, 1).data].map((c) => linear(c / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
