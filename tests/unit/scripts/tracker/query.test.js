import assert from "node:assert/strict";
import { test } from "node:test";

import { queryOf } from "../../../../producers/clicky/tracker/source/query.js";

test("members stand in brackets, which are not encoded themselves", () => {
  const fields = { a: 1, goal: { id: 5, revenue: 2.5 }, split: { goal: [7, 8] }, custom: { "é&": { b: "ü" } } };
  assert.equal(queryOf(fields), "a=1&goal[id]=5&goal[revenue]=2.5&split[goal][]=7&split[goal][]=8&custom[%C3%A9%26][b]=%C3%BC");
});

test("what is empty or no value is left out, and 0 and false are values", () => {
  const nothing = { a: undefined, b: null, c: "", d: {}, e: [], f() {} };
  assert.equal(queryOf({ ...nothing, g: 0, h: false }), "g=0&h=false");
});

test("an object that holds itself has an end", () => {
  const endless = { name: "x" };
  endless.self = endless;
  assert.equal(queryOf({ custom: endless }), "custom[name]=x&custom[self][name]=x&custom[self][self][name]=x");
});
