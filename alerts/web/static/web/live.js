// Says whether the line to the centre stands, and how many alerts wait, in the page's title.
const sign = document.getElementById("live");
const title = document.title;

function show(on) {
  sign.textContent = on ? sign.dataset.on : sign.dataset.off;
  sign.className = on ? "live on" : "live off";
}

function count() {
  const mark = document.querySelector("[data-urgent]");
  const waiting = mark ? Number(mark.dataset.urgent) : 0;
  document.title = waiting ? `(${waiting}) ${title}` : title;
}

document.body.addEventListener("htmx:sseOpen", () => show(true));
document.body.addEventListener("htmx:sseError", () => show(false));
document.body.addEventListener("htmx:sendError", () => show(false));
document.body.addEventListener("htmx:afterSettle", count);
count();
