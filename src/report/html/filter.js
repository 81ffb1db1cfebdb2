"use strict";
(() => {
  const rules = [...document.querySelectorAll("section.rule")];
  const place = document.getElementById("filter");
  if (!place || !rules.length) return;
  const make = (tag, fields) => Object.assign(document.createElement(tag), fields);
  const query = make("input", { type: "search", placeholder: "Filter findings: name, id, rule, text" });
  query.setAttribute("aria-label", "Filter findings");
  const pick = (label, values) => {
    const select = make("select", {});
    select.setAttribute("aria-label", label);
    select.append(make("option", { value: "", textContent: label }));
    for (const value of values) select.append(make("option", { value, textContent: value }));
    return select;
  };
  const of = (name) => [...new Set([...document.querySelectorAll(`[data-${name}]`)].map((e) => e.dataset[name]))];
  const severity = pick("every severity", of("s"));
  const environment = pick("every environment", of("e").sort());
  const shown = make("span", { className: "dim" });
  shown.setAttribute("aria-live", "polite");
  place.append(query, severity, environment, shown);
  place.hidden = false;
  const total = [...document.querySelectorAll("[data-s]")].reduce((sum, item) => sum + Number(item.dataset.n || 1), 0);
  const update = () => {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const rule of rules) {
      const head = rule.querySelector("header").textContent.toLowerCase();
      let any = false;
      for (const item of rule.querySelectorAll("[data-s]")) {
        const text = item.textContent.toLowerCase();
        const fits = words.every((word) => text.includes(word) || head.includes(word))
          && (!severity.value || item.dataset.s === severity.value)
          && (!environment.value || item.dataset.e === environment.value);
        item.hidden = !fits;
        any ||= fits;
        count += fits ? Number(item.dataset.n || 1) : 0;
      }
      rule.hidden = !any;
    }
    shown.textContent = count === total ? "" : `${count} of ${total} shown`;
  };
  for (const input of [query, severity, environment]) input.addEventListener("input", update);
})();
