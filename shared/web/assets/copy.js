// Adds a button that copies an example; without JavaScript it can still be selected.
(() => {
  "use strict";
  if (!navigator.clipboard) return;
  for (const example of document.querySelectorAll("pre[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = example.dataset.copy;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(example.querySelector("code").textContent);
      button.textContent = example.dataset.copied;
    });
    example.before(button);
  }
})();
