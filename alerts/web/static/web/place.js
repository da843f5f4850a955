// Keeps the reader's place when a live part is swapped: scroll, focus, what is typed, what is unfolded.
let kept = null;

const key = (node) => node.id || null;

function anchor(part) {
  for (const node of part.querySelectorAll("[id]")) {
    const box = node.getBoundingClientRect();
    if (box.bottom > 0 && box.height > 0) return { id: node.id, top: box.top };
  }
  return null;
}

function fields(part) {
  const typed = [...part.querySelectorAll("input[id], select[id]")];
  return typed.map((node) => [node.id, node.value]);
}

function keep(part) {
  const unfolded = [...part.querySelectorAll("details")].map((node) => node.open);
  const focus = part.contains(document.activeElement) ? key(document.activeElement) : null;
  const anchored = window.scrollY > 0 ? anchor(part) : null;
  return { anchored, focus, unfolded, typed: fields(part) };
}

function restore(part, { anchored, focus, unfolded, typed }) {
  for (const [id, value] of typed) {
    const node = document.getElementById(id);
    if (node && ![...(node.options ?? [{ value }])].every((option) => option.value !== value)) node.value = value;
  }
  const folds = [...part.querySelectorAll("details")];
  if (folds.length === unfolded.length) folds.forEach((node, n) => { node.open = unfolded[n]; });
  if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
  const node = anchored && document.getElementById(anchored.id);
  if (node) window.scrollBy(0, node.getBoundingClientRect().top - anchored.top);
}

document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.matches("[data-place]")) kept = keep(event.detail.target);
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (kept && event.detail.target.matches("[data-place]")) restore(event.detail.target, kept);
  kept = null;
});
