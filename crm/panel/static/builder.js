// The rule builder: draws a rule as groups and conditions, keeps it as JSON in a hidden field.
// What conditions there are, and which fields each has, comes from the server.
(() => {
  "use strict";

  const el = (tag, set = {}, ...inside) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(set)) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (name === "class") made.className = value;
      else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...inside.filter((part) => part !== null && part !== undefined));
    return made;
  };

  const build = (place) => {
    const { conditions, campaigns, segments, currency, words } = JSON.parse(place.dataset.builder);
    const field = document.getElementById(place.dataset.field);
    const first_choice = "last_order";
    conditions.sort((one, other) => one.label.localeCompare(other.label, document.documentElement.lang));
    const known = Object.fromEntries(conditions.map((condition) => [condition.key, condition]));
    let tree = read(field.value);

    // --- The tree: {way, parts} is a group, {condition, params} a condition, {segment} a saved one ---
    function read(text) {
      let rule = null;
      try { rule = JSON.parse(text); } catch { /* an unreadable rule starts anew */ }
      const found = rule ? node(rule) : null;
      if (!found) return { way: "all", parts: [] };
      return found.parts ? found : { way: "all", parts: [found] };
    }
    function node(rule) {
      for (const way of ["all", "any"]) {
        if (Array.isArray(rule[way])) return { way, parts: rule[way].map(node) };
      }
      if (rule.not) {
        const inner = node(rule.not);
        // "not any of" reads best; anything else is wrapped in such a group.
        return inner.way === "any" ? { way: "not", parts: inner.parts } : { way: "not", parts: [inner] };
      }
      if ("segment" in rule) return { segment: String(rule.segment) };
      const { condition, ...params } = rule;
      for (const param of known[condition]?.params ?? []) {
        if (param.default !== undefined && !(param.name in params)) params[param.name] = param.default;
      }
      return { condition, params };
    }
    function written(part) {
      if ("segment" in part) return { segment: part.segment };
      if (!part.parts) return { condition: part.condition, ...part.params };
      const parts = part.parts.map(written);
      if (part.way !== "not") return { [part.way]: parts };
      return { not: parts.length === 1 ? parts[0] : { any: parts } };
    }
    function path(trail) { // where the server says a fault lies, for the part at `trail`
      let place = "", group = tree;
      for (const index of trail) {
        const inside = group.way === "not" ? (group.parts.length === 1 ? "not" : `not.any.${index}`) : `${group.way}.${index}`;
        place = place ? `${place}.${inside}` : inside;
        group = group.parts[index];
      }
      return place;
    }
    function keep() {
      field.value = JSON.stringify(written(tree));
      field.dispatchEvent(new Event("rule-changed", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    function redraw(focus) {
      place.replaceChildren(group(tree, [], null));
      keep();
      if (focus !== undefined) (place.querySelector(`[data-trail="${focus}"] select`) ?? place.querySelector("select"))?.focus();
    }

    // --- Drawing ---
    function group(part, trail, drop) {
      const way = el("select", { class: "form-select form-select-sm", "aria-label": words.buyers_of_whom,
        onchange: (event) => { part.way = event.target.value; keep(); } },
        ...["all", "any", "not"].map((key) => el("option", { value: key, selected: part.way === key }, words[key])));
      const inner = part.parts.map((child, index) => {
        const here = [...trail, index];
        // What was removed leaves the focus with its neighbour, so that the keyboard is enough.
        const gone = () => { part.parts.splice(index, 1); redraw([...trail, Math.max(index - 1, 0)].join("-")); };
        const draw = child.parts ? group : "segment" in child ? saved : leaf;
        const drawn = draw(child, here, gone);
        drawn.addEventListener("keydown", (event) => {
          const to = index + { ArrowUp: -1, ArrowDown: 1 }[event.key];
          if (!event.altKey || event.defaultPrevented || !(to >= 0 && to < part.parts.length)) return;
          event.preventDefault();
          part.parts.splice(to, 0, ...part.parts.splice(index, 1));
          redraw([...trail, to].join("-"));
        });
        return drawn;
      });
      const add = (made) => { part.parts.push(made); redraw([...trail, part.parts.length - 1].join("-")); };
      return el("div", { class: "group", "data-trail": trail.join("-") },
        el("div", { class: "group-head" }, trail.length ? null : el("span", { class: "soft" }, words.buyers_of_whom), way,
          drop && el("button", { type: "button", class: "btn-bare push", "aria-label": words.remove, title: words.remove, onclick: drop }, "×")),
        el("div", { class: "group-parts" }, ...inner),
        el("div", { class: "group-foot" },
          el("button", { type: "button", class: "btn btn-quiet btn-sm", onclick: () => add(fresh(first_choice)) }, `+ ${words.add}`),
          segments.length ? el("button", { type: "button", class: "btn-bare", onclick: () => add({ segment: segments[0].value }) }, `+ ${words.segment}`) : null,
          trail.length < 4 ? el("button", { type: "button", class: "btn-bare", onclick: () => add({ way: "any", parts: [fresh(first_choice)] }) }, `+ ${words.group}`) : null));
    }
    function fresh(key) {
      const params = {};
      for (const param of known[key].params) {
        if (param.required) params[param.name] = first(param);
        else if (param.default !== undefined) params[param.name] = param.default;
      }
      const [need] = known[key].needs_one_of;
      if (need && !(need in params)) params[need] = first(param_of(key, need));
      return { condition: key, params };
    }
    function first(param) {
      if (param.type === "choice") return param.choices[0].value;
      if (param.type === "flag") return true;
      return param.type.endsWith("_list") ? [] : "";
    }
    function param_of(key, name) { return known[key].params.find((param) => param.name === name); }

    function saved(part, trail, drop) {
      const choose = el("select", { class: "form-select", "aria-label": words.segment, onchange: (event) => { part.segment = event.target.value; keep(); } },
        ...segments.map(({ value, label }) => el("option", { value, selected: value === part.segment }, label)));
      return el("div", { class: "part", "data-trail": trail.join("-"), "data-place": path(trail) },
        el("span", { class: "soft" }, words.segment), choose,
        el("button", { type: "button", class: "btn-bare", "aria-label": words.remove, title: words.remove, onclick: drop }, "×"));
    }
    function leaf(part, trail, drop) {
      const choose = el("select", { class: "form-select", onchange: (event) => {
        Object.assign(part, fresh(event.target.value));
        redraw(trail.join("-"));
      } }, ...conditions.map(({ key, label }) => el("option", { value: key, selected: key === part.condition }, label)));
      const box = el("div", { class: "part", "data-trail": trail.join("-"), "data-place": path(trail) }, choose, fields(part),
        el("button", { type: "button", class: "btn-bare", "aria-label": words.remove, title: words.remove, onclick: drop }, "×"));
      return box;
    }
    function fields(part) {
      const all = known[part.condition]?.params ?? [];
      const shown = all.filter((param) => param.name in part.params);
      const hidden = all.filter((param) => !(param.name in part.params));
      return el("div", { class: "part-fields" }, ...shown.map((param) => one(part, param, hidden)), adder(part, hidden));
    }
    function one(part, param, others) {
      const free = others.filter((other) => other.type !== "choice" || !other.required);
      const named = param.required || !free.length ? el("span", {}, param.label)
        : el("select", { class: "form-select form-select-sm", "aria-label": param.label, onchange: (event) => {
          delete part.params[param.name];
          if (event.target.value) part.params[event.target.value] = first(param_of(part.condition, event.target.value));
          redraw(event.target.closest("[data-trail]").dataset.trail);
        } }, el("option", { value: param.name, selected: true }, param.label),
          ...free.map((other) => el("option", { value: other.name }, other.label)),
          Object.keys(part.params).length > 1 ? el("option", { value: "" }, `× ${words.remove}`) : null);
      return el("label", { class: "part-field" }, named, control(part, param));
    }
    function adder(part, hidden) {
      if (!hidden.length) return null;
      return el("label", { class: "part-field part-more" },
        el("select", { class: "form-select form-select-sm", "aria-label": words.more, onchange: (event) => {
          part.params[event.target.value] = first(param_of(part.condition, event.target.value));
          redraw(event.target.closest("[data-trail]").dataset.trail);
        } }, el("option", { value: "" }, words.more), ...hidden.map((param) => el("option", { value: param.name }, param.label))));
    }
    function control(part, param) {
      const now = part.params[param.name];
      const put = (value) => { part.params[param.name] = value; keep(); };
      const select = (options, change) => el("select", { class: "form-select", onchange: change }, ...options);
      switch (param.type) {
        case "flag":
          return select([["true", words.yes], ["false", words.no]].map(([value, label]) => el("option", { value, selected: String(now) === value }, label)),
            (event) => put(event.target.value === "true"));
        case "choice":
          return select(param.choices.map(({ value, label }) => el("option", { value, selected: value === now }, label)), (event) => put(event.target.value));
        case "choice_list":
          return el("span", { class: "line line-tight" }, ...param.choices.map(({ value, label }) => el("label", { class: "check" },
            el("input", { type: "checkbox", class: "form-check-input", value, checked: now.includes(value), onchange: (event) =>
              put(param.choices.map((choice) => choice.value).filter((known) => (known === value ? event.target.checked : part.params[param.name].includes(known)))) }), label)));
        case "reference":
          return select([el("option", { value: "" }, words.choose), ...campaigns.map(({ value, label }) => el("option", { value, selected: value === now }, label))],
            (event) => put(event.target.value));
        case "number":
          return el("input", { class: "form-control", type: "number", inputmode: "numeric", min: param.minimum, max: param.maximum, value: now,
            oninput: (event) => put(event.target.value === "" ? "" : Number(event.target.value)) });
        case "amount":
          return el("input", { class: "form-control", inputmode: "decimal", value: now, placeholder: currency, oninput: (event) => put(event.target.value.trim().replace(",", ".")) });
        default:
          if (param.type.endsWith("_list")) {
            const numbers = param.type === "number_list";
            return el("input", { class: "form-control", value: now.join(", "), placeholder: words.commas, oninput: (event) =>
              put(event.target.value.split(/[,，、]/).map((word) => word.trim()).filter(Boolean).map((word) => (numbers && /^\d+$/.test(word) ? Number(word) : word))) });
          }
          return el("input", { class: "form-control", value: now, oninput: (event) => put(event.target.value) });
      }
    }

    // --- Faults from the server are shown at the condition they belong to ---
    document.body.addEventListener("htmx:afterSwap", (event) => {
      const told = event.target.querySelector?.("[data-faults]");
      if (!told) return;
      const places = Object.keys(JSON.parse(told.dataset.faults));
      place.querySelectorAll(".part").forEach((part) => {
        const here = part.dataset.place;
        part.classList.toggle("part-bad", places.some((fault) => fault === here || fault.startsWith(`${here}.`)));
      });
    });
    redraw();
  };

  document.querySelectorAll("[data-builder]").forEach(build);
})();
