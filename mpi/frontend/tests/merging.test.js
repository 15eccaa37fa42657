import assert from "node:assert/strict";
import { test } from "node:test";
import { merged } from "../live/merging.js";

test("what only one of them holds is what there is", () => {
  assert.equal(merged("from the phone", ""), "from the phone");
  assert.equal(merged("", "from here"), "from here");
  assert.equal(merged("", ""), "");
});

test("the longer of two that go on from each other", () => {
  assert.equal(merged("The 14th", "The 14th or the 15th"), "The 14th or the 15th");
  assert.equal(merged("The 14th or the 15th", "The 14th"), "The 14th or the 15th");
});

test("of two that differ, both", () => {
  assert.equal(merged("The 14th.", "At ten.\n"), "At ten.\n\nThe 14th.");
});
