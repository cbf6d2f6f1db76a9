// The page is complete without this script: every figure is there as a drawing.
// Here a figure that comes into view is drawn again by Vega, which adds numbers
// under the pointer and a size that fits the screen.
"use strict";

const figures = JSON.parse(document.getElementById("figures").textContent);

const options = {
  actions: false,
  ast: true, // expressions are interpreted: the content-security policy forbids eval
  renderer: "svg",
  defaultStyle: false,
  tooltip: { disableDefaultStyle: true },
};

async function enliven(drawing) {
  const width = Math.round(drawing.clientWidth);
  const specification = figures[drawing.dataset.figure];
  const stage = document.createElement("div");
  const { view } = await vegaEmbed(
    stage,
    { ...specification, width, height: Math.round(Math.min(340, 180 + width / 3.5)), autosize: { type: "fit", contains: "padding" } },
    options,
  );
  await view.runAsync();
  drawing.replaceChildren(stage);
}

const observer = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    observer.unobserve(target);
    enliven(target);
  }
}, { rootMargin: "200px" });

for (const drawing of document.querySelectorAll("[data-figure]")) observer.observe(drawing);
