"use strict";

(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);

  // --- tables: a click on a heading sorts; missing figures stay last -----------------------
  const compare = (a, b, direction) => {
    const missing = (value) => value === null || value === "";
    if (missing(a) || missing(b)) return missing(a) - missing(b);
    const order = typeof a === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
    return direction * order;
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    const rows = [...table.tBodies].map((body) => [body, JSON.parse(body.dataset.keys)]);
    for (const button of table.querySelectorAll("button.sort")) {
      button.addEventListener("click", () => {
        const heading = button.closest("th");
        const column = Number(button.dataset.column);
        const rising = heading.getAttribute("aria-sort") !== "ascending";
        for (const other of table.querySelectorAll("th[aria-sort]")) {
          other.setAttribute("aria-sort", "none");
        }
        heading.setAttribute("aria-sort", rising ? "ascending" : "descending");
        const sorted = [...rows].sort(
          ([, a], [, b]) => compare(a[column], b[column], rising ? 1 : -1));
        table.append(...sorted.map(([body]) => body));
      });
    }
  }

  // --- what is folded is printed too --------------------------------------------------------
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const details of folded) details.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
  });

  const who = document.getElementById("who");
  if (who === null) { // no period is answered: there is nothing to draw
    document.documentElement.dataset.ready = "yes";
    return;
  }

  // --- a rep's panel ------------------------------------------------------------------------
  const panel = read("data-panel");
  const slider = document.getElementById("quota");
  const amount = document.getElementById("amount");
  const reset = document.getElementById("reset");
  const names = { rep: "Reps", group: "Groups", team: "Team" };
  let view = null;

  for (const level of ["rep", "group", "team"]) {
    const group = document.createElement("optgroup");
    group.label = names[level];
    panel.units.forEach((unit, index) => {
      if (unit.level === level) group.append(new Option(unit.name, index));
    });
    if (group.children.length) who.append(group);
  }

  const curves = (unit) => Object.entries(unit.cadences).flatMap(
    ([cadence, curve]) => curve.p.map((p, index) => ({ cadence, x: unit.x[index], p })));
  const reading = (unit, at) => Object.entries(unit.cadences).map(
    ([cadence, curve]) => ({ cadence, x: unit.x[at], p: curve.p[at] }));
  const chosen = () => panel.units[Number(who.value)];

  const show = () => {
    const unit = chosen();
    const at = Number(slider.value);
    const told = [];
    for (const box of document.querySelectorAll(".reading")) {
      const curve = unit.cadences[box.dataset.cadence];
      box.hidden = curve === undefined;
      if (curve === undefined) continue;
      box.querySelector(".value").textContent = curve.told[at];
      box.querySelector(".amount").textContent =
        `of ${curve.amounts[at]} ${panel.currency} a ${box.dataset.cadence}`;
      told.push(`${curve.amounts[at]} a ${box.dataset.cadence}: ${curve.told[at]} %`);
    }
    slider.setAttribute("aria-valuetext", told.join(", "));
    amount.textContent = `${unit.words[at]} ${panel.currency}`;
    if (view !== null) view.data("reading", reading(unit, at)).runAsync();
  };

  const choose = () => {
    const unit = chosen();
    slider.max = unit.x.length - 1;
    slider.value = unit.start;
    reset.hidden = !unit.hasQuota;
    document.getElementById("today").textContent = unit.today;
    if (view !== null) view.data("curve", curves(unit));
    show();
  };

  who.addEventListener("change", choose);
  slider.addEventListener("input", show);
  reset.addEventListener("click", () => {
    slider.value = chosen().start;
    show();
  });
  choose();

  // --- charts -------------------------------------------------------------------------------
  const specifications = read("data-specifications");
  const options = { actions: false, renderer: "svg" };
  specifications.survival.datasets = {
    curve: curves(chosen()),
    reading: reading(chosen(), Number(slider.value)),
  };
  Promise.all([
    vegaEmbed("#chart-fan", specifications.fan, options),
    vegaEmbed("#chart-survival", specifications.survival, options),
  ]).then(([, survival]) => {
    view = survival.view;
    show();
    document.documentElement.dataset.ready = "yes";
  });
})();
