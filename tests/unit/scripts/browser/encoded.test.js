import assert from "node:assert/strict";
import { test } from "node:test";

import { encoded, LENGTH_MAX } from "../../../../producers/web/browser/encoded.js";

test("half a character does not keep the rest from being sent", () => {
  assert.equal(encoded("a\ud83d"), "a%EF%BF%BD");
  assert.equal(encoded("😀"), "%F0%9F%98%80");
  assert.equal(encoded(`${"a".repeat(LENGTH_MAX - 1)}😀`), `${"a".repeat(LENGTH_MAX - 1)}%EF%BF%BD`);
});
