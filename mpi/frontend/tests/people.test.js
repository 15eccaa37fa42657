import assert from "node:assert/strict";
import { test } from "node:test";
import { listed, sorted } from "../live/people.js";

test("names as one reads them", () => {
  assert.equal(listed([]), "");
  assert.equal(listed(["Ada"]), "Ada");
  assert.equal(listed(["Ada", "Ben"]), "Ada and Ben");
  assert.equal(listed(["Ada", "Ben", "Cleo"]), "Ada, Ben and Cleo");
  assert.equal(listed(["Ada", "Ben", "Cleo", "Dora", "Finn"]), "Ada, Ben, Cleo and 2 more");
});

test("in the order of the alphabet", () => {
  assert.deepEqual(sorted(["Cleo", "ada", "Ben"]), ["ada", "Ben", "Cleo"]);
});
