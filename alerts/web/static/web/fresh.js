// A worker's page never shows a stale "open": it asks now and then whether it still holds, and says when it cannot.
const state = document.querySelector("[data-state]").dataset.state;
const stale = document.getElementById("stale");

async function ask() {
  if (document.visibilityState !== "visible") return;
  try {
    const answer = await fetch(location.href, { method: "HEAD", cache: "no-store" });
    stale.hidden = true;
    if (answer.headers.get("X-State") !== state) location.reload();
  } catch {
    stale.hidden = false;
  }
}

document.addEventListener("visibilitychange", ask);
window.addEventListener("pageshow", (event) => { if (event.persisted) ask(); });
window.addEventListener("online", ask);
setInterval(ask, 10000);
