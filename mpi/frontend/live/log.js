// A topic's messages on the page: each once, in place, without moving what the reader looks at.

const SETTLE = 60; // ms: what arrives together is put in together
const MANY = 3; // more rows than this at once are announced as a number
const MOST = 300; // rows that a page holds; the earliest make room, and a link leads back to them

export class Log {
  constructor(list, { me, announce, onSeen }) {
    Object.assign(this, { list, me, announce, onSeen, topic: list.dataset.topic, queue: [], unseen: 0 });
    this.seen = Number(list.dataset.read ?? 0);
    this.jump = list.parentElement.querySelector("[data-jump]");
    this.jump.addEventListener("click", () => this.toEnd({ focus: true }));
    const look = () => this.look();
    list.addEventListener("scroll", look, { passive: true });
    addEventListener("scroll", look, { passive: true });
    addEventListener("focus", look);
    addEventListener("resize", look);
    document.addEventListener("visibilitychange", look);
    for (const row of this.rows) this.dress(row);
    this.begin();
  }

  get rows() {
    return this.list.querySelectorAll("[data-message]");
  }

  row(id) {
    return this.list.querySelector(`[data-message="${CSS.escape(id)}"]`);
  }

  pending(clientId) {
    return this.list.querySelector(`[data-client-id="${CSS.escape(clientId)}"]`);
  }

  // --- what the streams tell

  take(event) {
    this.queue.push(event);
    this.timer ??= setTimeout(() => this.settle(), SETTLE);
  }

  settle() {
    this.timer = null;
    const wasAtEnd = this.isAtEnd();
    const events = this.queue.splice(0);
    const fresh = events.filter((event) => event.kind === "message.created" && !this.row(event.data.id));
    if (fresh.length > MANY) {
      this.list.ariaLive = "off";
      this.announce(`${fresh.length} new messages`);
      setTimeout(() => (this.list.ariaLive = null), 1_000);
    }
    for (const event of events) this.apply(event);
    const foreign = fresh.filter((event) => event.actor?.id !== this.me).length;
    if (wasAtEnd) {
      this.makeRoom();
      this.toEnd();
    } else this.countUnseen(this.unseen + foreign);
    this.look();
  }

  // Only for a reader at the end: nobody is moved away from what they read.
  makeRoom() {
    const rows = this.rows;
    if (rows.length <= MOST) return;
    const first = rows[rows.length - MOST];
    while (this.list.firstElementChild !== first) this.list.firstElementChild.remove();
    const earlier = document.querySelector("[data-earlier]");
    earlier.hidden = false;
    earlier.querySelector("a").href = `?before=${first.dataset.position}`;
  }

  apply({ data, html }) {
    if (data.gone) return this.row(data.id ?? "")?.remove();
    const old = this.row(data.id) ?? (data.client_id ? this.pending(data.client_id) : null);
    const row = html && rowOf(html);
    if (!row) return this.refresh();
    this.dress(row);
    if (old?.dataset.message) this.replace(old, row);
    else {
      old?.remove();
      this.place(row);
    }
    window.htmx?.process(row);
  }

  // What a fragment, which reads the same to everyone, cannot say of this reader: which reactions are theirs, and whether they are asked.
  dress(row) {
    for (const button of row.querySelectorAll("[data-reaction]")) {
      button.setAttribute("aria-pressed", button.dataset.by.split(" ").includes(this.me));
      button.disabled = !("mayWrite" in this.list.dataset);
    }
    spareAsked(row, this.me);
  }

  // The row as it reads now: not said anew to those who listen, and the focus stays where it was.
  replace(old, row) {
    const held = old.contains(document.activeElement) && document.activeElement;
    row.ariaLive = "off";
    this.keepCards(old, row);
    old.replaceWith(row);
    if (!held) return;
    const same = held.dataset.reaction && row.querySelector(`[data-reaction="${CSS.escape(held.dataset.reaction)}"]`);
    (same || row.querySelector("summary"))?.focus({ preventScroll: true });
  }

  // What its links unfolded into stays, while the words are the same.
  keepCards(old, row) {
    const cards = old.querySelector("[data-cards]");
    const place = row.querySelector("[data-cards]");
    if (cards && place && cards.dataset.cards === place.dataset.cards) place.replaceWith(cards);
  }

  place(row) {
    const position = Number(row.dataset.position);
    let before = null;
    for (const other of [...this.list.children].reverse()) {
      if (other.dataset.clientId && !other.dataset.message) before = other;
      else if (other.dataset.message && Number(other.dataset.position) > position) before = other;
      else if (other.dataset.message) break;
    }
    this.list.insertBefore(row, before);
    this.list.querySelector("[data-log-empty]")?.remove();
  }

  // An event without its fragment: fetch the page as this person sees it, and take the rows that are new or changed.
  async refresh() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html", "X-Background": "1" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const row of page.querySelectorAll(`[data-log][data-topic="${CSS.escape(this.topic)}"] [data-message]`)) {
      const old = this.row(row.dataset.message);
      this.dress(row);
      if (old) this.replace(old, row);
      else this.place(row);
    }
    this.look();
  }

  // --- the sender's own rows, until the fragment arrives

  showPending({ clientId, body, name, files = [] }) {
    const row = document.createElement("article");
    row.className = "message message--pending";
    row.dataset.clientId = clientId;
    const meta = child(row, "p", "message__meta");
    child(meta, "span", "message__author", name);
    child(row, "div", "message__body message__plain", body);
    if (files.length) child(row, "p", "message__files", files.map((file) => file.name).join(", "));
    child(row, "p", "message__state");
    this.list.querySelector("[data-log-empty]")?.remove();
    this.list.append(row);
    this.toEnd();
  }

  // Buttons: [{label, act}].
  setState(clientId, text, buttons = [], { isQuestion = false } = {}) {
    const row = this.pending(clientId);
    if (!row) return;
    const state = row.querySelector(".message__state");
    const wasAtEnd = this.isAtEnd();
    row.classList.toggle("message--failed", buttons.length > 0 && !isQuestion);
    row.classList.toggle("message--asked", isQuestion);
    state.replaceChildren(text);
    for (const { label, act } of buttons) {
      const button = child(state, "button", "usa-button usa-button--small usa-button--outline", label);
      button.type = "button";
      button.addEventListener("click", act);
    }
    if (wasAtEnd) this.toEnd();
  }

  confirm(clientId, message) {
    const row = this.pending(clientId);
    if (!row) return;
    if (this.row(message.id)) return row.remove();
    row.id = `message-${message.id}`;
    row.dataset.message = message.id;
    row.dataset.position = message.position;
    const body = row.querySelector(".message__body");
    body.className = "message__body prose";
    body.innerHTML = message.html; // made safe by the server, as every fragment is
    this.setState(clientId, "Sent");
    row.remove();
    this.place(row);
    this.toEnd();
    this.look();
  }

  forget(clientId) {
    this.pending(clientId)?.remove();
  }

  // --- where the reader is

  get scrollsItself() {
    return getComputedStyle(this.list).overflowY !== "visible";
  }

  get limit() {
    const composer = document.querySelector("[data-composer]");
    const edges = [innerHeight, this.list.getBoundingClientRect().bottom];
    if (composer && !this.scrollsItself) edges.push(composer.getBoundingClientRect().top);
    return Math.min(...edges);
  }

  isAtEnd() {
    if (this.scrollsItself) return this.list.scrollTop + this.list.clientHeight >= this.list.scrollHeight - 60;
    const last = this.list.lastElementChild;
    return !last || last.getBoundingClientRect().bottom <= this.limit + 80;
  }

  begin() {
    if (location.hash.startsWith("#message-")) return this.look();
    const mark = this.list.querySelector(".log__unread");
    if (this.scrollsItself) this.list.scrollTop = mark ? mark.offsetTop - this.list.offsetTop - 40 : this.list.scrollHeight;
    else if (mark) mark.scrollIntoView({ block: "center" });
    else if (!this.isAtEnd()) this.toEnd();
    this.look();
  }

  toEnd({ focus = false } = {}) {
    if (this.scrollsItself) this.list.scrollTop = this.list.scrollHeight;
    else {
      const last = this.list.lastElementChild;
      if (last) scrollBy({ top: Math.max(0, last.getBoundingClientRect().bottom - this.limit + 12), behavior: "instant" });
    }
    if (focus) this.list.focus({ preventScroll: true });
    this.look();
  }

  countUnseen(number) {
    this.unseen = number;
    this.jump.hidden = number === 0;
    this.jump.textContent = `${number} new ${number === 1 ? "message" : "messages"}, jump to newest`;
  }

  // The newest is in sight and the tab is in front: the reader has read up to it.
  look() {
    const rows = this.rows;
    const last = rows[rows.length - 1];
    if (!last || document.hidden || !document.hasFocus()) return;
    const { top } = last.getBoundingClientRect();
    if (top + 24 > this.limit || top < 0 - last.offsetHeight) return;
    if (this.unseen) this.countUnseen(0);
    const position = Number(last.dataset.position);
    if (position > this.seen && this.onSeen(this.topic, position)) this.seen = position;
  }
}

// Who wrote a message, or has acknowledged it, is not asked to.
export function spareAsked(place, me) {
  for (const asked of place.querySelectorAll("[data-asked]")) asked.hidden = asked.dataset.asked.split(" ").includes(me);
}

function rowOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.querySelector("[data-message]");
}

function child(parent, tag, className = "", text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  parent.append(element);
  return element;
}
