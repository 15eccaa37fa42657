import assert from "node:assert/strict";
import { test } from "node:test";
import { matching } from "../live/callable.js";

const people = [
  { name: "Ada", title: "Mayor, Alder mayor’s office" },
  { name: "Ben", title: "District Attorney" },
  { name: "Alder mayor’s office", title: "Everyone in the office" },
];
const names = (text) => matching(people, text).map(({ name }) => name);

test("by any part of name or title, in any order and case", () => {
  assert.deepEqual(names("ATT"), ["Ben"]);
  assert.deepEqual(names("mayor ada"), ["Ada"]);
  assert.deepEqual(names("mayor"), ["Ada", "Alder mayor’s office"]);
  assert.deepEqual(names("cleo"), []);
});

test("before anything is typed all are offered, but no more than fit", () => {
  assert.equal(names("").length, 3);
  assert.equal(matching(Array(20).fill(people[0]), "").length, 8);
});
