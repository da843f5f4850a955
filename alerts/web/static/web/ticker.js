// Keeps countdowns and elapsed times running, by the server's clock, not this machine's.
const unit = document.body.dataset;
let start = performance.now();
let told = Date.now();

function tell(root) {
  const mark = root.querySelector("[data-now]");
  if (!mark) return;
  told = Date.parse(mark.dataset.now);
  start = performance.now();
}

const two = (n) => String(n).padStart(2, "0");

function countdown(ms) {
  const left = Math.floor(ms / 1000);
  if (left < 0) return unit.due;
  const hours = Math.floor(left / 3600);
  const minutes = Math.floor(left / 60) % 60;
  if (hours) return `${hours} ${unit.hour} ${minutes} ${unit.minute}`;
  return `${minutes}:${two(left % 60)}`;
}

function elapsed(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 24) return `${Math.floor(hours / 24)} ${unit.day} ${hours % 24} ${unit.hour}`;
  if (hours) return `${hours} ${unit.hour} ${minutes % 60} ${unit.minute}`;
  return `${minutes}:${two(seconds % 60)}`;
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function tick() {
  const now = told + performance.now() - start;
  for (const node of document.querySelectorAll("time[data-until]")) {
    const left = Date.parse(node.dataset.until) - now;
    write(node, countdown(left));
    node.classList.toggle("late", left < 0);
  }
  for (const node of document.querySelectorAll("time[data-since]")) {
    write(node, elapsed(now - Date.parse(node.dataset.since)));
  }
}

tell(document);
tick();
setInterval(tick, 1000);
document.body.addEventListener("htmx:afterSettle", (event) => { tell(event.target); tick(); });
