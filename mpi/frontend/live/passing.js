// What stands on a page for a time goes by itself: `data-goes-in` says in how many seconds. By the clock, as a timer sleeps with
// the machine.
const ends = new WeakMap();
let timer;

export function letPass() {
  document.body.addEventListener("htmx:afterSettle", plan);
  document.addEventListener("visibilitychange", plan);
  plan();
}

function plan() {
  clearTimeout(timer);
  let next = Infinity;
  for (const each of document.querySelectorAll("[data-goes-in]")) {
    if (!ends.has(each)) ends.set(each, Date.now() + Number(each.dataset.goesIn) * 1_000);
    const left = ends.get(each) - Date.now();
    if (left <= 0) each.remove();
    else next = Math.min(next, left);
  }
  if (next < Infinity) timer = setTimeout(plan, next + 10);
}
