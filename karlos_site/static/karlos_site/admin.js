// A field that is searched in has no name for a screen reader while nothing is chosen: it gets that of its label.
function label(field) {
  const words = field.labels[0]?.textContent.trim();
  const shown = field.parentElement.querySelector(".select2-selection__rendered");
  if (!words || !shown) return;
  for (const part of [shown, shown.parentElement]) part.setAttribute("aria-label", words);
  shown.parentElement.removeAttribute("aria-labelledby");
}

// Behind the admin's own script in jQuery's queue, which makes these fields.
document.addEventListener("DOMContentLoaded", () =>
  window.django?.jQuery?.(() => document.querySelectorAll("select.admin-autocomplete").forEach(label)),
);
