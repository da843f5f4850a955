// A hair line with the local time under the pointer, over a home's timeline.
const minutes = (ms) => Math.round(ms / 60000);

function label(picture, share) {
  const since = Date.parse(picture.dataset.since);
  const until = Date.parse(picture.dataset.until);
  const at = since + share * (until - since);
  const shift = Number(picture.dataset.offset ?? 0) * 60000;
  const local = minutes(at + shift);
  const hour = Math.floor(local / 60) % 24;
  return `${String(hour).padStart(2, "0")}:${String(local % 60).padStart(2, "0")}`;
}

function hair(picture) {
  const line = document.createElement("div");
  line.className = "crosshair";
  line.append(document.createElement("span"));
  line.hidden = true;
  picture.querySelector(".lanes").append(line);
  return line;
}

document.addEventListener("pointermove", (event) => {
  const picture = event.target.closest?.(".picture");
  for (const other of document.querySelectorAll(".crosshair")) if (other.closest(".picture") !== picture) other.hidden = true;
  const axis = picture?.querySelector(".axis");
  if (!axis) return;
  const line = picture.querySelector(".crosshair") ?? hair(picture);
  const box = axis.getBoundingClientRect();
  const share = (event.clientX - box.left) / box.width;
  const bottom = picture.querySelector(".lanes").getBoundingClientRect().bottom;
  line.hidden = share < 0 || share > 1 || event.clientY > bottom;
  line.style.left = `${event.clientX - picture.querySelector(".lanes").getBoundingClientRect().left}px`;
  line.firstChild.textContent = label(picture, share);
});
