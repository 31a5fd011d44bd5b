// A field that is searched in has no name for a screen reader while nothing is chosen: it gets that of its label.
window.addEventListener("load", () => {
  for (const field of document.querySelectorAll("select.admin-autocomplete")) {
    const name = field.labels[0]?.textContent.trim();
    const shown = field.parentElement.querySelector(".select2-selection__rendered");
    if (!name || !shown) continue;
    shown.setAttribute("aria-label", name);
    shown.parentElement.setAttribute("aria-label", name);
    shown.parentElement.removeAttribute("aria-labelledby");
  }
});
