// One socket for the page, kept open: it comes back after every loss that is not final, and notices a silent one.
import { delay, ending } from "./closing.js";

const PING_EVERY = 25_000; // ms; each pong brings a new ticket to come back by, which lasts 60 s
const PONG_WITHIN = 10_000; // ms
const OPEN_WITHIN = 10_000; // ms

export class Socket {
  // hello() gives the numbers seen so far; onFrame gets each frame; onState gets "open", "lost", or an ending.
  constructor(path, { hello, onFrame, onState }) {
    this.address = new URL(path, location.href);
    this.address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    Object.assign(this, { hello, onFrame, onState, attempt: 0, isOver: false, socket: null, ticket: null });
    addEventListener("online", () => this.comeBack());
    addEventListener("offline", () => this.drop());
    addEventListener("pageshow", (event) => event.persisted && this.comeBack());
    addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => document.hidden || this.comeBack());
    this.open();
  }

  get isOpen() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  open() {
    clearTimeout(this.timer);
    if (this.ticket) this.address.searchParams.set("ticket", this.ticket);
    const socket = (this.socket = new WebSocket(this.address));
    this.timer = setTimeout(() => this.drop(), OPEN_WITHIN);
    socket.onopen = () => {
      if (socket !== this.socket) return;
      this.pingedAt = Date.now(); // the welcome brings a ticket, too
      this.send({ type: "hello", after: this.hello() });
      this.rest();
    };
    socket.onmessage = ({ data }) => {
      if (socket !== this.socket) return;
      this.rest();
      const frame = JSON.parse(data);
      this.ticket = frame.ticket ?? this.ticket;
      if (frame.type === "welcome") {
        this.attempt = 0;
        this.onState("open");
      }
      if (frame.type !== "pong") this.onFrame(frame);
    };
    socket.onclose = ({ code }) => socket === this.socket && this.lost(code);
  }

  send(frame) {
    if (!this.isOpen) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  rest() {
    clearTimeout(this.timer);
    if (Date.now() - this.pingedAt > PING_EVERY) this.ping();
    else this.timer = setTimeout(() => this.ping(), PING_EVERY);
  }

  ping() {
    this.pingedAt = Date.now();
    if (!this.send({ type: "ping" })) return this.drop();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.drop(), PONG_WITHIN);
  }

  // The network went, or the other side has gone silent: a close event may take minutes, so do not wait for it.
  drop() {
    if (this.isOver || !this.socket) return;
    const old = this.socket;
    this.socket = null;
    old.close();
    this.lost(1006);
  }

  lost(code) {
    clearTimeout(this.timer);
    this.socket = null;
    const end = ending(code);
    if (end) {
      this.isOver = true;
      this.onState(end);
      return;
    }
    this.onState("lost");
    this.timer = setTimeout(() => this.open(), delay({ attempt: this.attempt, code, hidden: document.hidden }));
    this.attempt += 1;
  }

  comeBack() {
    if (this.isOver) return;
    if (this.isOpen) this.ping();
    else if (this.socket?.readyState !== WebSocket.CONNECTING) this.open();
  }

  leave() {
    const old = this.socket;
    this.socket = null;
    clearTimeout(this.timer);
    old?.close();
  }
}
