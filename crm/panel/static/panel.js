// The panel's own behaviour: notices, menus, questions before an act, copying, live previews.
// Everything works on attributes, so pieces that htmx puts in later behave the same.
(() => {
  "use strict";

  const on = (event, selector, act) =>
    document.addEventListener(event, (happened) => {
      const found = happened.target.closest?.(selector);
      if (found) act(found, happened);
    });

  // --- Notices go by themselves, errors stay until they are closed ---
  const settle = (notice) => {
    if (!notice.classList.contains("notice-error")) setTimeout(() => notice.remove(), 9000);
  };
  document.querySelectorAll("[data-notice]").forEach(settle);
  on("click", "[data-close]", (button) => button.closest("[data-notice]").remove());
  new MutationObserver((changes) =>
    changes.forEach((change) =>
      change.addedNodes.forEach((node) => node.matches?.("[data-notice]") && settle(node)),
    ),
  ).observe(document.getElementById("notices"), { childList: true });

  const complain = () => {
    const notice = document.createElement("div");
    notice.className = "notice notice-error";
    notice.dataset.notice = "";
    notice.textContent = document.body.dataset.offline;
    document.getElementById("notices").append(notice);
    setTimeout(() => notice.remove(), 9000);
  };
  document.addEventListener("htmx:sendError", complain);
  document.addEventListener("htmx:responseError", complain);

  // --- Menus close on a click elsewhere and on Escape ---
  const closeMenus = (except) =>
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(except)) menu.open = false;
    });
  document.addEventListener("click", (event) => closeMenus(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details[data-menu][open]");
    closeMenus(null);
    open?.querySelector("summary")?.focus();
  });

  // --- A question before an act that is hard to take back ---
  const question = document.getElementById("question");
  let asked = null;
  document.addEventListener("submit", (event) => {
    const words = event.submitter?.dataset.ask || event.target.dataset.ask;
    if (!words || asked === event.target) return;
    event.preventDefault();
    const { target, submitter } = event;
    question.querySelector("p").textContent = words;
    question.onclose = () => {
      if (question.returnValue !== "yes") return;
      asked = target;
      target.requestSubmit(submitter?.form === target ? submitter : undefined);
      asked = null;
    };
    question.returnValue = "";
    question.showModal();
  }, true);

  // --- Copying ---
  on("click", "[data-copy]", async (button) => {
    const words = button.querySelector("span") || button;
    const before = words.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      words.textContent = button.dataset.copied;
      setTimeout(() => (words.textContent = before), 1600);
    } catch {
      const code = button.parentElement.querySelector("code");
      if (code) getSelection().selectAllChildren(code);
    }
  });

  // --- Live previews: a form is sent into its frame a moment after the last change ---
  const preview = (button) => button.form.requestSubmit(button);
  let waiting = null;
  const soon = (event) => {
    const button = event.target.form?.querySelector("[data-preview]");
    if (!button || event.target === button) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => preview(button), 400);
  };
  document.addEventListener("input", soon);
  document.addEventListener("change", soon);
  document.querySelectorAll("[data-preview]").forEach(preview);
  on("click", "[data-width]", (button) => {
    const frame = document.getElementById(button.dataset.for);
    frame.classList.toggle("mailframe-phone", button.dataset.width === "phone");
    button.parentElement
      .querySelectorAll("[data-width]")
      .forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
  });

  // --- Parts of a form that belong to a choice ---
  const showParts = (choice) => {
    const chosen = choice.type === "checkbox" ? (choice.checked ? "on" : "off") : choice.value;
    document.querySelectorAll(`[data-part-of="${choice.name}"]`).forEach((part) => {
      part.hidden = !part.dataset.when.split(" ").includes(chosen);
    });
  };
  const chooseParts = (choice) => (choice.type !== "radio" || choice.checked) && showParts(choice);
  document.querySelectorAll("[data-chooses]").forEach(chooseParts);
  on("change", "[data-chooses]", chooseParts);

  // --- Text snippets go to the place of the cursor ---
  on("click", "[data-insert]", (button) => {
    const area = document.getElementById(button.dataset.into);
    area.setRangeText(button.dataset.insert, area.selectionStart, area.selectionEnd, "end");
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // --- "/" goes to the search box ---
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, textarea, select, [contenteditable]")) return;
    const box = document.querySelector("[data-search]");
    if (box) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  });
})();
