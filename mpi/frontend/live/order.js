// Puts events in order. Pure: the same state and frame give the same answer, and nothing else is touched.
// A stream's events are applied one after the other, each once; a newer one waits until what lies between was fetched.

export function start(heads = {}) {
  return { heads: { ...heads }, waiting: {} };
}

// What a frame does to the state: the new state, the events to apply now (in order), and the gap to fetch, if any.
export function reduce(state, frame) {
  if (frame.type === "welcome") return welcome(state, frame.streams ?? {});
  if (frame.type === "event") return event(state, frame);
  return { state, apply: [], gap: null };
}

function welcome(state, streams) {
  const heads = {};
  const waiting = {};
  for (const [name, head] of Object.entries(streams)) {
    heads[name] = state.heads[name] ?? head;
    if (state.waiting[name]) waiting[name] = state.waiting[name];
  }
  return { state: { heads, waiting }, apply: [], gap: null };
}

function event(state, frame) {
  const { stream, seq } = frame;
  const head = state.heads[stream];
  if (head === undefined || seq <= head) return { state, apply: [], gap: null };
  const waiting = { ...state.waiting[stream], [seq]: frame };
  const apply = [];
  let last = head;
  while (waiting[last + 1]) {
    last += 1;
    apply.push(waiting[last]);
  }
  const later = Object.fromEntries(Object.entries(waiting).filter(([number]) => Number(number) > last));
  return {
    state: { heads: { ...state.heads, [stream]: last }, waiting: { ...state.waiting, [stream]: later } },
    apply,
    gap: Object.keys(later).length ? { stream, after: last } : null,
  };
}
