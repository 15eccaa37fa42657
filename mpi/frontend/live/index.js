// The live part of a page: one socket, its events in order, and the parts of the page that listen.
import { ending } from "./closing.js";
import { Composer } from "./composer.js";
import { Log, spareAsked } from "./log.js";
import { comfort } from "./page.js";
import { Presence } from "./presence.js";
import { letPass } from "./passing.js";
import { Session } from "./session.js";
import { Status } from "./status.js";
import { Streams } from "./stream.js";
import { handleTools } from "./tools.js";
import { Unread } from "./unread.js";
import { helpWriting } from "./writing.js";

const RELOADED_AT = "mpi-reloaded-at";
const RELOAD_PAUSE = 30_000; // ms: a page that is sent away twice in this time says so and stays

function live(settings, session) {
  // Who has only been signed out keeps the page, and what they typed into it.
  const anew = async (state) => {
    if (await session?.isOver()) status.ended(ending(4401));
    else reload() || status.ended(state);
  };
  const status = new Status();
  handleTools(status.announce);
  spareAsked(document, settings.me);
  const unread = settings.unread && new Unread(settings); // the pages of a workspace count
  const list = document.querySelector("[data-log]");
  const presence = new Presence({ topic: list?.dataset.topic, send: (frame) => streams?.send(frame) });
  let streams = null;

  const log =
    list &&
    new Log(list, {
      me: settings.me,
      announce: status.announce,
      onSeen: (topic, position) => streams?.send({ type: "read", topic, position }) ?? false,
    });
  const compose = () => {
    const form = document.querySelector("form[data-composer]:not([data-is-bound])");
    if (!log || !form) return;
    form.dataset.isBound = "";
    new Composer(form, { log, me: settings.me, announce: status.announce });
  };
  compose();
  document.body.addEventListener("htmx:afterSettle", () => {
    compose();
    unread?.paint(); // a list that was fetched anew has its own numbers
  });

  streams = new Streams(settings, {
    onEvent: (event) => {
      const isOfMessage = event.kind.startsWith("message.") || event.kind === "decision.made";
      if (event.kind === "message.created") presence.wrote(event.actor?.id);
      if (isOfMessage && log && (event.data.topic === log.topic || log.row(event.data.id ?? ""))) log.take(event);
      unread?.take(event);
      if (event.kind === "topic.moved" && event.data.gone && list) follow();
      // Once for those who follow the kind, once for those who follow this one thing.
      for (const name of [event.kind, event.data.id && `${event.kind}:${event.data.id}`])
        if (name) document.body.dispatchEvent(new CustomEvent(`live:${name}`, { detail: event }));
    },
    onFrame: (frame) => {
      if (frame.type === "read") unread?.hear(frame);
      presence.hear(frame);
      if (frame.type === "welcome") log?.look();
    },
    onState: (state) => {
      document.documentElement.dataset.live = typeof state === "string" ? state : "over";
      if (state === "open") status.connected();
      else if (state === "lost") status.lost();
      else if (state.to === "reload") anew(state);
      else status.ended(state);
    },
    onReset: () => reload() || status.ended({ text: "A lot has happened here.", link: "Load the page again", to: "reload" }),
  });
}

// A topic has left one of the streams. Was it the one that is shown, it is shown where it is now, or said to be there no more.
async function follow() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html", "X-Background": "1" } }).catch(() => null);
  if (answer && (answer.redirected || answer.status === 404)) location.reload();
}

function reload() {
  try {
    if (Date.now() - Number(sessionStorage.getItem(RELOADED_AT)) < RELOAD_PAUSE) return false;
    sessionStorage.setItem(RELOADED_AT, Date.now());
  } catch {
    return false;
  }
  location.reload();
  return true;
}

comfort();
letPass();
helpWriting();
const place = document.querySelector("[data-session]");
const session = place && new Session(place);
const settings = document.getElementById("live");
if (settings) live(JSON.parse(settings.textContent), session);
