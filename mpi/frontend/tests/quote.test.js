import assert from "node:assert/strict";
import { test } from "node:test";
import { putIn, quoteOf } from "../live/quote.js";

test("a quote has each line and its source", () => {
  assert.equal(quoteOf("One\n\nTwo ", "[Ada](/m/1/)"), "> One\n>\n> Two\n>\n> [Ada](/m/1/)\n\n");
});

test("in an empty field it is all there is, and the caret stands after it", () => {
  assert.deepEqual(putIn("", 0, "> One\n\n"), { text: "> One\n\n", caret: 7 });
});

test("in what is written it stands apart, and nothing is lost", () => {
  const { text, caret } = putIn("Yes. No.", 4, "> One\n\n");
  assert.equal(text, "Yes.\n\n> One\n\nNo.");
  assert.equal(text.slice(caret), "No.");
});
