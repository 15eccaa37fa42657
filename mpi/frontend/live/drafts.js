// What is being written follows its writer to other devices: the server keeps it, a moment after the last key. Until it has, and
// where it cannot be reached, this device does.
import { merged } from "./merging.js";

const PAUSE = 1_000; // ms without a key, until it is sent

export class Drafts {
  constructor(form, keep) {
    Object.assign(this, { form, keep, text: form.elements.body, address: form.dataset.draft, timer: null, underWay: null });
    const waiting = keep.outbox.map((entry) => entry.body);
    const kept = waiting.includes(this.text.value.trim()) ? "" : this.text.value; // it waits to be sent already
    this.text.value = merged(kept, keep.draft);
    this.text.addEventListener("input", () => this.changed());
    addEventListener("pagehide", () => this.timer && this.save());
    if (this.text.value !== kept) this.changed();
  }

  changed() {
    this.keep.draft = this.text.value;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE);
  }

  // Its message is on its way: whatever of the draft is, too, must not come after it.
  sent() {
    clearTimeout(this.timer);
    this.timer = null;
    this.underWay?.abort();
    this.keep.draft = "";
  }

  async save() {
    clearTimeout(this.timer);
    this.timer = null;
    const body = this.text.value;
    this.underWay = new AbortController();
    const told = new FormData();
    for (const name of ["csrfmiddlewaretoken", "client_id"]) told.append(name, this.form.elements[name].value);
    told.append("body", body);
    try {
      const { signal } = this.underWay;
      const answer = await fetch(this.address, { method: "POST", body: told, signal, keepalive: true });
      if (answer.status === 204 && this.keep.draft === body) this.keep.draft = "";
    } catch {
      // No connection: this device has it.
    }
  }
}
