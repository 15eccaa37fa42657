// Small comforts of every page. All of it works without them.
import { forgetEverything } from "./keep.js";

export function comfort() {
  showOpenTab();
  const menus = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", ({ target }) => {
    for (const menu of menus()) if (!menu.contains(target)) menu.open = false;
  });
  document.addEventListener("keydown", ({ key, target }) => {
    if (key !== "Escape") return;
    for (const menu of menus()) {
      menu.open = false;
      if (menu.contains(target)) menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("submit", ({ target }) => {
    if (target.matches("[data-sign-out]")) forgetEverything();
  });
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    const problem = document.querySelector("[data-passkey-problem]");
    problem.querySelector("p").textContent = passkeyProblem(event.detail.exception);
    problem.hidden = false;
  });
  // Pressed before the sign-in library listens, a passkey's button would do nothing and say nothing.
  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-passkey]")) button.disabled = false;
  });
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"])
    document.body.addEventListener(name, ({ detail }) => {
      if (detail.requestConfig?.verb === "get") return;
      if (detail.xhr?.status === 429)
        say(`Too many changes in a short time. What you typed is still here: try again in ${detail.xhr.getResponseHeader("Retry-After")} seconds.`);
      else say("That did not go through. Nothing was changed. Load the page again and try once more.");
    });
}

function passkeyProblem({ name }) {
  if (name === "NotAllowedError") return "Nothing was chosen, or it took too long. Try again, or use another way.";
  if (name === "InvalidStateError") return "This device is already one of your passkeys.";
  if (name === "SecurityError" && location.hostname === "127.0.0.1")
    return `Passkeys need a name in the address: sign in at http://localhost:${location.port}/, or use another way.`;
  if (name === "SecurityError") return "Passkeys do not work at this address. Open the page under its proper name.";
  return "The passkey did not work. Try again, or use another way.";
}

function say(text) {
  const flash = document.createElement("div");
  flash.className = "flashes";
  flash.setAttribute("role", "alert");
  flash.innerHTML = '<div class="usa-alert usa-alert--error usa-alert--slim"><div class="usa-alert__body"><p class="usa-alert__text"></p></div></div>';
  flash.querySelector("p").textContent = text;
  document.querySelectorAll("#main .flashes").forEach((old) => old.remove());
  document.querySelector("#main .wrap")?.prepend(flash);
  flash.scrollIntoView({ block: "nearest" });
}

// On a phone the tabs are a line that scrolls sideways, and the one that is open must be in sight.
function showOpenTab() {
  const tab = document.querySelector(".tabs [aria-current]");
  const line = tab?.closest(".tabs");
  if (!line) return;
  const [at, room] = [tab.getBoundingClientRect(), line.getBoundingClientRect()];
  line.scrollLeft += at.left - room.left - (room.width - at.width) / 2;
}
