// Unread numbers: beside each topic, on the tab, and before the page's title. They equal what the server counts from the rows.
import { recounted, told, total, written } from "./counts.js";

const SETTLE = 150; // ms: what is read as it arrives does not flicker
const ASK_AFTER = 300; // ms, and as much again by chance: many pages ask at once

export class Unread {
  constructor({ me, workspace, counts, unread }) {
    Object.assign(this, { me, workspace, address: counts, counts: unread, title: document.title });
    this.paint();
  }

  take({ kind, actor, data }) {
    if (kind === "message.created" && !data.gone) {
      const isMine = data.author?.id === this.me;
      const isReply = isMine && actor?.id === this.me;
      this.become(written(this.counts, { topic: data.topic, position: data.position, isNews: !isMine && !data.deleted_at, isReply }));
    } else if (kind === "message.deleted" || kind === "topic.moved") this.ask();
  }

  // Another page of this person has read, or this one did.
  hear({ workspace, topic, position, turn, last, unread }) {
    if (workspace !== this.workspace) return;
    const { counts, isBehind } = told(this.counts, topic, { read: position, turn, last, unread });
    if (isBehind) this.ask();
    this.become(counts);
  }

  // One question at a time, so that the answers come in the order of the questions.
  ask() {
    this.mustAsk = true;
    if (this.isAsking) return;
    this.isAsking = true;
    setTimeout(() => this.recount(), ASK_AFTER * (1 + Math.random()));
  }

  async recount() {
    this.mustAsk = false;
    try {
      const answer = await fetch(this.address, { headers: { Accept: "application/json", "X-Background": "1" } });
      if (!answer.ok) return;
      const { counts, isBehind } = recounted(this.counts, (await answer.json()).topics);
      if (isBehind) this.ask();
      this.become(counts);
    } catch {
      // The network is away; on return the page hears what it missed.
    } finally {
      this.isAsking = false;
      if (this.mustAsk) this.ask();
    }
  }

  become(counts) {
    this.counts = counts;
    this.timer ??= setTimeout(() => this.paint(), SETTLE);
  }

  paint() {
    clearTimeout(this.timer);
    this.timer = null;
    for (const badge of document.querySelectorAll("[data-unread-topic]")) {
      const known = this.counts[badge.dataset.unreadTopic];
      if (known) show(badge, known.unread);
    }
    const all = total(this.counts);
    for (const badge of document.querySelectorAll("[data-unread-all]")) show(badge, all);
    document.title = all ? `(${all}) ${this.title}` : this.title;
  }
}

function show(badge, number) {
  badge.querySelector("[data-unread-count]").textContent = number;
  badge.hidden = number === 0;
}
