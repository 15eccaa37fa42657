import assert from "node:assert/strict";
import { test } from "node:test";
import { delay, ending } from "../live/closing.js";

test("signed out, unknown and ended are final; a restart and a loss are not", () => {
  assert.deepEqual([4401, 4404, 4403].map((code) => ending(code).to), ["sign-in", "home", "reload"]);
  assert.deepEqual([1000, 1006, 1012, 1013, 4429].map(ending), [null, null, null, null, null]);
});

test("after a restart the page is back within a second", () => {
  assert.equal(delay({ attempt: 0, code: 1012, chance: 0 }), 0);
  assert.equal(delay({ attempt: 0, code: 1012, chance: 1 }), 1_000);
});

test("waits double, with chance in them, up to four seconds in sight and thirty out of it", () => {
  const waits = (options) => [0, 1, 2, 3, 9, 99].map((attempt) => delay({ attempt, code: 1006, ...options }));
  assert.deepEqual(waits({ chance: 1 }), [500, 1_000, 2_000, 4_000, 4_000, 4_000]);
  assert.deepEqual(waits({ chance: 0 }), [250, 500, 1_000, 2_000, 2_000, 2_000]);
  assert.deepEqual(waits({ chance: 1, hidden: true }), [500, 1_000, 2_000, 4_000, 30_000, 30_000]);
});

test("a busy server and too many pages are left alone for longer", () => {
  assert.equal(delay({ attempt: 0, code: 1013, chance: 0 }), 2_000);
  assert.equal(delay({ attempt: 0, code: 4429, chance: 0 }), 30_000);
});
