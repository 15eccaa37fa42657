// Unread numbers of the other topics, and the number before the page's title.

export class Unread {
  constructor(me) {
    this.me = me;
    this.title = document.title;
    this.here = 0;
    this.show();
  }

  badge(topic) {
    return document.querySelector(`[data-unread-topic="${CSS.escape(topic)}"]`);
  }

  // data-last is the position of the newest message that the number on the page already counts.
  take({ actor, data }) {
    const badge = this.badge(data.topic ?? "");
    if (!badge || data.position <= Number(badge.dataset.last ?? 0)) return;
    badge.dataset.last = data.position;
    if (actor?.id !== this.me) this.set(badge, count(badge) + 1);
  }

  read(topic, left = 0) {
    const badge = this.badge(topic);
    if (badge) this.set(badge, left);
  }

  set(badge, number) {
    badge.querySelector("[data-unread-count]").textContent = number;
    badge.hidden = number === 0;
    this.show();
  }

  setHere(number) {
    this.here = number;
    this.show();
  }

  show() {
    const others = [...document.querySelectorAll("[data-unread-topic]")].reduce((sum, badge) => sum + count(badge), 0);
    const total = others + this.here;
    document.title = total ? `(${total}) ${this.title}` : this.title;
  }
}

function count(badge) {
  return badge.hidden ? 0 : Number.parseInt(badge.textContent, 10) || 0;
}
