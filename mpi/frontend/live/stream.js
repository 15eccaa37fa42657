// What arrives, in order and once: the socket's frames and, for a gap, the events the API still has.
import { reduce, start } from "./order.js";
import { Socket } from "./socket.js";

export class Streams {
  constructor({ socket, events, streams }, { onEvent, onFrame, onState, onReset }) {
    Object.assign(this, { events, onEvent, onFrame, onReset, state: start(streams), asked: new Set() });
    this.socket = new Socket(socket, {
      hello: () => this.state.heads,
      onFrame: (frame) => this.take(frame),
      onState,
    });
  }

  send(frame) {
    return this.socket.send(frame);
  }

  take(frame) {
    if (frame.type === "reset") return this.onReset();
    const { state, apply, gap } = reduce(this.state, frame);
    this.state = state;
    for (const event of apply) this.onEvent(event);
    if (gap) this.fetchGap(gap);
    if (frame.type !== "event") this.onFrame(frame);
  }

  async fetchGap({ stream, after }) {
    if (this.asked.has(stream)) return;
    this.asked.add(stream);
    let isFilled = false;
    try {
      const address = new URL(this.events, location.href);
      address.search = new URLSearchParams({ stream, after });
      const answer = await fetch(address, { headers: { Accept: "application/json", "X-Background": "1" } });
      if (answer.ok) {
        const { results } = await answer.json();
        isFilled = results.length > 0;
        for (const event of results) this.take({ ...event, type: "event" });
      }
    } catch {
      // The network is away; the socket says hello again when it is back, with the same numbers.
    }
    this.asked.delete(stream);
    if (!isFilled) return this.socket.drop();
    if (Object.keys(this.state.waiting[stream] ?? {}).length) this.fetchGap({ stream, after: this.state.heads[stream] });
  }
}
