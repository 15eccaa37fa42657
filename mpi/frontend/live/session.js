// Says some minutes before the session ends that it will, and offers to stay. The server is asked, so that work in another tab
// counts; asking is not use, and neither is a part of the page that is fetched anew because something happened elsewhere.
const WARN_BEFORE = 5 * 60; // seconds
const BACKGROUND = { "X-Background": "1" };

export class Session {
  constructor(place) {
    this.address = place.dataset.session;
    document.body.addEventListener("htmx:configRequest", ({ detail }) => {
      if (detail.triggeringEvent?.type.startsWith("live:")) Object.assign(detail.headers, BACKGROUND);
    });
    document.addEventListener("visibilitychange", () => document.hidden || this.ask());
    this.plan({ ends_in: Number(place.dataset.endsIn), may_stay: true });
  }

  plan({ ends_in, may_stay }) {
    clearTimeout(this.timer);
    this.left = ends_in;
    const next = waiting(ends_in, WARN_BEFORE);
    if (ends_in > WARN_BEFORE) this.hide();
    else this.show(ends_in, may_stay);
    if (next) this.timer = setTimeout(() => this.ask(), next);
  }

  async ask(staying) {
    try {
      const told = staying
        ? { method: "POST", headers: { "X-CSRFToken": JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"] } }
        : { headers: BACKGROUND };
      const answer = await fetch(this.address, { ...told, cache: "no-store" });
      this.plan(await answer.json());
    } catch {
      this.timer = setTimeout(() => this.ask(), 60_000); // the network is away
    }
  }

  async isOver() {
    await this.ask();
    return this.left === 0;
  }

  show(seconds, mayStay) {
    const words = warning(seconds, mayStay);
    if (!this.box) {
      this.box = document.createElement("div");
      this.box.className = "session-end";
      this.box.setAttribute("role", "alert");
      this.box.append(document.createElement("p"));
      document.body.append(this.box);
    }
    const line = this.box.querySelector("p");
    if (line.textContent !== words) line.textContent = words;
    const kind = seconds === 0 ? "in" : mayStay ? "stay" : "none";
    if (this.kind === kind) return;
    this.kind = kind;
    this.box.querySelector("button, a")?.remove();
    if (kind === "stay") {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "usa-button";
      button.textContent = "Stay signed in";
      button.addEventListener("click", () => this.ask(true));
      this.box.append(button);
    } else if (kind === "in") {
      const link = document.createElement("a");
      link.className = "usa-button";
      link.href = `/accounts/login/?next=${encodeURIComponent(location.pathname + location.search)}`;
      link.textContent = "Sign in again";
      this.box.append(link);
    }
  }

  hide() {
    this.box?.remove();
    this.box = this.kind = null;
  }
}

// Milliseconds until the server is asked again, or 0 when the session is over.
export function waiting(seconds, before) {
  if (seconds <= 0) return 0;
  return Math.min(seconds > before ? seconds - before : Math.min(seconds, 60), 86_400) * 1_000 + 500;
}

export function warning(seconds, mayStay) {
  if (seconds <= 0) return "You have been signed out. Copy what you typed here before you sign in again.";
  const minutes = Math.ceil(seconds / 60);
  const when = `in ${minutes} minute${minutes === 1 ? "" : "s"}`;
  return mayStay ? `You will be signed out ${when}, as nothing was done here for a while.` : `You will be signed out ${when}: a session lasts 12 hours at most.`;
}
