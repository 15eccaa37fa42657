import assert from "node:assert/strict";
import { test } from "node:test";
import { reduce, start } from "../live/order.js";

const event = (seq, stream = "workspace") => ({ type: "event", stream, seq, kind: "message.created", data: {} });

function play(heads, frames) {
  let state = start(heads);
  const applied = [];
  const gaps = [];
  for (const frame of frames) {
    const told = reduce(state, frame);
    state = told.state;
    applied.push(...told.apply.map(({ stream, seq }) => `${stream} ${seq}`));
    gaps.push(told.gap);
  }
  return { state, applied, gaps };
}

test("the next event is applied and moves the head", () => {
  const { state, applied, gaps } = play({ workspace: 14 }, [event(15), event(16)]);
  assert.deepEqual(applied, ["workspace 15", "workspace 16"]);
  assert.equal(state.heads.workspace, 16);
  assert.deepEqual(gaps, [null, null]);
});

test("what was seen is never applied again", () => {
  const { applied } = play({ workspace: 14 }, [event(14), event(15), event(15), event(3)]);
  assert.deepEqual(applied, ["workspace 15"]);
});

test("a later event waits, the gap is asked for once it shows, and all come in order", () => {
  const { state, applied, gaps } = play({ workspace: 14 }, [event(17), event(16), event(15)]);
  assert.deepEqual(gaps, [{ stream: "workspace", after: 14 }, { stream: "workspace", after: 14 }, null]);
  assert.deepEqual(applied, ["workspace 15", "workspace 16", "workspace 17"]);
  assert.deepEqual(state.waiting.workspace, {});
});

test("a second gap is asked for from where the first one ended", () => {
  const { gaps, applied } = play({ workspace: 1 }, [event(5), event(2), event(3)]);
  assert.deepEqual(gaps.at(-1), { stream: "workspace", after: 3 });
  assert.deepEqual(applied, ["workspace 2", "workspace 3"]);
});

test("streams are counted apart", () => {
  const { applied, state } = play({ workspace: 4, offices: 9 }, [event(10, "offices"), event(5), event(12, "offices")]);
  assert.deepEqual(applied, ["offices 10", "workspace 5"]);
  assert.deepEqual(state.heads, { workspace: 5, offices: 10 });
});

test("an event of a stream that is not the page's is ignored", () => {
  assert.deepEqual(play({ workspace: 4 }, [event(1, "office")]).applied, []);
});

test("a welcome keeps the page's own numbers, begins a new stream from now and drops one that has gone", () => {
  const { state, applied } = play({ workspace: 4, office: 7 }, [
    { type: "welcome", streams: { workspace: 6, offices: 3 } },
    event(5),
    event(6),
    event(4, "offices"),
    event(8, "office"),
  ]);
  assert.deepEqual(applied, ["workspace 5", "workspace 6", "offices 4"]);
  assert.deepEqual(state.heads, { workspace: 6, offices: 4 });
});

test("in whatever order and however often events come, each is applied once and in order", () => {
  for (let round = 0; round < 200; round += 1) {
    const frames = [];
    for (let seq = 1; seq <= 12; seq += 1) for (let copy = 0; copy < 1 + (seq % 3); copy += 1) frames.push([Math.random(), event(seq)]);
    frames.sort((one, other) => one[0] - other[0]);
    const { applied } = play({ workspace: 0 }, frames.map(([, frame]) => frame));
    assert.deepEqual(applied, Array.from({ length: 12 }, (_, index) => `workspace ${index + 1}`));
  }
});

test("the state given is not touched", () => {
  const state = Object.freeze({ heads: Object.freeze({ workspace: 1 }), waiting: Object.freeze({}) });
  assert.equal(reduce(state, event(2)).state.heads.workspace, 2);
  assert.equal(state.heads.workspace, 1);
});
