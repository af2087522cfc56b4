import assert from "node:assert/strict";
import { test } from "node:test";

import { variationOf } from "../../../../producers/kissmetrics/library/source/variations.js";

const seen = (test, variations) => {
  const counts = {};
  for (let viewer = 0; viewer < 10000; viewer++) {
    const chosen = variationOf(test, variations, `viewer ${viewer}`);
    counts[chosen] = (counts[chosen] ?? 0) + 1;
  }
  return counts;
};

test("everybody sees the same variation each time", () => {
  assert.equal(variationOf("Button", ["red", "green"], "A"), variationOf("Button", ["red", "green"], "A"));
});

test("variations are seen as often as each other, or as they are weighed", () => {
  const near = (count, expected) => assert.ok(Math.abs(count - expected) < 200, `${count} of ${expected}`);
  const even = seen("Button", ["red", "green", "blue"]);
  for (const colour of ["red", "green", "blue"]) near(even[colour], 3333);
  for (const weights of [{ red: 70, green: 30 }, { red: 0.7, green: 0.3 }, { red: "7", green: "3" }]) {
    near(seen("Button", weights).red, 7000);
  }
  assert.deepEqual(Object.keys(seen("Button", { red: 1, green: 0, blue: -1 })), ["red"]);
});

test("what is seen in one test says nothing of another", () => {
  let both = 0;
  for (let viewer = 0; viewer < 10000; viewer++) {
    const [one, other] = ["Button", "Title"].map((test) => variationOf(test, ["a", "b"], `viewer ${viewer}`));
    both += one === other;
  }
  assert.ok(Math.abs(both - 5000) < 200, String(both));
});

test("without variations there is none, and one without a weight is the first", () => {
  for (const none of [[], {}, undefined, null]) assert.equal(variationOf("Button", none, "A"), null);
  assert.equal(variationOf("Button", { red: 0, green: 0 }, "A"), "red");
});
