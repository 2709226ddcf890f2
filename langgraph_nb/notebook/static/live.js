// The live view: one widget. Folds what the kernel says into a store and keeps the panels up to date with it.
// anywidget calls `initialize` once for the widget and `render` for each place that it is shown at.

import { el, keepKeys } from "./dom.js";
import { connect } from "./connection.js";
import { stepPanel } from "./step.js";
import { cardsPanel, headPanel, logPanel, stepsPanel, TICK } from "./panels.js";
import { picturePanel } from "./picture.js";

export default () => {
  let store, actions;
  return {
    initialize({ model }) {
      // where outputs are not below each other in one page, what is for readers without a kernel cannot be hidden
      ({ store, actions } = connect(model, () => ({ shows_all: !document.querySelector(".jp-OutputArea") })));
    },
    render({ model, el: place }) {
      const choose = (path) => { chosen = path === chosen ? null : path; picture.choose(chosen); log.only(chosen); };
      let chosen = null;
      const mine = actions.of();
      const head = headPanel(mine, model.get("hints"));
      const resized = (width, height) => {
        root.style.setProperty("--lgnb-picture-width", `${width}px`);
        root.style.setProperty("--lgnb-picture-height", `${height}px`);
      };
      const picture = picturePanel(model, mine, choose, resized);
      const log = logPanel(choose);
      const stepping = stepPanel(mine);
      const cards = cardsPanel(store, mine);
      const steps = stepsPanel((names) => picture.point(names));
      const panels = [head, picture, log, stepping, cards, steps];
      const root = el("section", { class: "lgnb lgnb-live lgnb-run", "aria-label": `Run of ${store.state.name}`, "data-lm-suppress-shortcuts": "true", onkeydown: keepKeys },
        head.node, el("div", { class: "lgnb-stage" }, picture.node, log.node), stepping.node, cards.node, steps.node);
      picture.draw();
      model.on("change:pictures", picture.draw);
      const update = (state, change) => {
        panels.forEach((panel) => panel.update(state, change));
        tick();
      };
      const tick = () => { const now = performance.now(); head.tick(store.state, now); picture.tick(store.state, now); };
      update(store.state, null);
      place.append(root);
      requestAnimationFrame(() => log.toEnd()); // not before it has a size
      const silence = store.listen(update);
      const timer = setInterval(() => { if (store.state.status === "running") tick(); }, TICK);
      return () => { silence(); clearInterval(timer); model.off("change:pictures", picture.draw); };
    },
  };
};
