// Who is here, and who is typing in this topic: those who let it be seen. Said to the eye alone; it would interrupt a reader.
import { listed, sorted } from "./people.js";

const SAY_EVERY = 3_000; // ms between two times that this page says that somebody is typing
const STOPS_AFTER = 6_000; // ms without a word, and they have stopped

export class Presence {
  constructor({ topic, send }) {
    Object.assign(this, { topic, send, here: new Map(), typing: new Map(), saidAt: 0 });
    document.addEventListener("input", ({ target }) => target.form?.matches("[data-composer]") && this.say(target));
  }

  // Nothing is said of a field that was emptied.
  say({ value }) {
    const now = Date.now();
    if (!this.topic || !value.trim() || now - this.saidAt < SAY_EVERY) return;
    if (this.send({ type: "typing", topic: this.topic })) this.saidAt = now;
  }

  hear(frame) {
    if (frame.type === "welcome") this.here = new Map(frame.presence.map(({ id, name }) => [id, name]));
    else if (frame.type === "presence") {
      const { id, name } = frame.person;
      if (frame.is_here) this.here.set(id, name);
      else this.here.delete(id);
    } else if (frame.type === "typing" && frame.topic === this.topic) this.types(frame.person);
    else return;
    this.paint();
  }

  types({ id, name }) {
    clearTimeout(this.typing.get(id)?.timer);
    const timer = setTimeout(() => this.wrote(id), STOPS_AFTER);
    this.typing.set(id, { name, timer });
  }

  wrote(id) {
    clearTimeout(this.typing.get(id)?.timer);
    if (this.typing.delete(id)) this.paint();
  }

  paint() {
    const here = sorted([...this.here.values()]);
    const typing = sorted([...this.typing.values()].map(({ name }) => name));
    show("[data-presence]", here.length ? `Here now: ${here.join(", ")}` : "");
    show("[data-typing]", typing.length ? `${listed(typing)} ${typing.length > 1 ? "are" : "is"} typing …` : "");
  }
}

function show(selector, text) {
  const line = document.querySelector(selector);
  if (!line) return;
  line.textContent = line.title = text; // what does not fit is told by the pointer
}
