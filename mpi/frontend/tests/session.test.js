import assert from "node:assert/strict";
import test from "node:test";
import { waiting, warning } from "../live/session.js";

test("the server is asked when the warning is due, then each minute, and no more once it is over", () => {
  assert.equal(waiting(1_800, 300), 1_500_500);
  assert.equal(waiting(300, 300), 60_500);
  assert.equal(waiting(20, 300), 20_500);
  assert.equal(waiting(0, 300), 0);
});

test("the warning says how long is left, and whether one can stay", () => {
  assert.match(warning(300, true), /in 5 minutes, as nothing was done/);
  assert.match(warning(1, true), /in 1 minute,/);
  assert.match(warning(200, false), /in 4 minutes: a session lasts 12 hours/);
  assert.match(warning(0, true), /You have been signed out/);
});
