// Says in one plain line whether news arrives, and to those who listen rather than look, what has just come.

const OFFLINE = "You are offline. You can keep reading; new messages arrive when the connection is back.";
const PATIENCE = 1_500; // ms: a restart of the server is over sooner, and not worth a line

export class Status {
  constructor() {
    this.voice = document.createElement("p");
    this.voice.className = "visually-hidden";
    this.voice.setAttribute("role", "status");
    document.body.append(this.voice);
  }

  // Looked up each time: the composer that holds it may have been fetched anew.
  get line() {
    return document.querySelector("[data-live-status]") ?? this.makeLine();
  }

  makeLine() {
    const line = document.createElement("p");
    line.className = "live-status";
    line.dataset.liveStatus = "";
    line.setAttribute("role", "status");
    line.hidden = true;
    document.querySelector("#main .wrap")?.prepend(line);
    return line;
  }

  announce = (text) => {
    this.voice.textContent = "";
    requestAnimationFrame(() => (this.voice.textContent = text));
  };

  connected() {
    clearTimeout(this.timer);
    this.timer = null;
    const line = document.querySelector("[data-live-status]");
    if (!line) return;
    line.hidden = true;
    line.textContent = "";
  }

  lost() {
    this.timer ??= setTimeout(() => this.say(OFFLINE), navigator.onLine ? PATIENCE : 0);
  }

  ended({ text, link, to }) {
    clearTimeout(this.timer);
    const here = location.pathname + location.search;
    const address = { "sign-in": `/accounts/login/?next=${encodeURIComponent(here)}`, home: "/", reload: here }[to];
    const anchor = document.createElement("a");
    anchor.href = address;
    anchor.textContent = link;
    this.say(text, " ", anchor);
  }

  say(...parts) {
    const { line } = this;
    line.hidden = false;
    requestAnimationFrame(() => line.replaceChildren(...parts));
  }
}
