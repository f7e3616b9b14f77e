// Progressive enhancement, and nothing else: every page works without this.
"use strict";

// A button that copies says so, or that it could not. Without this script the text stands in a field, ready to be selected.
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    let copied = true;
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      copied = document.execCommand("copy");
    }
    const status = document.getElementById(`${button.dataset.copy}-status`);
    if (status) status.textContent = copied ? button.dataset.copied : button.dataset.failed;
  });
}

// A form is sent once, however often its button is pressed; the server counts only one in any case.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => delete form.dataset.sent);
}
