import assert from "node:assert/strict";
import { test } from "node:test";

import { fieldsOf, parametersOf, partsOf, queryOf } from "../../../../producers/kissmetrics/library/source/queries.js";

test("properties stand in a query as they are called", () => {
  assert.equal(queryOf({ "Plan Name": "Pro & Co", é: "ü", n: 0, no: false }), "Plan%20Name=Pro%20%26%20Co&%C3%A9=%C3%BC&n=0&no=false");
});

test("several values are one text, and what is none or empty is left out", () => {
  const strange = { sizes: [1, "b"], none: null, empty: "", nobody: [], unset: undefined, deep: { a: 1 }, run() {}, "": 5 };
  assert.equal(queryOf(strange), "sizes=1%2Cb");
  for (const none of [undefined, null, "text", 5, () => {}]) assert.equal(queryOf(none), "");
});

test("an activity says its own fields, whatever properties are called", () => {
  const fields = { _k: "KEY", _p: "bob", _n: "Signed Up" };
  assert.deepEqual(fieldsOf(fields, { _k: "other", _p: "other", _n: "other", Plan: "Pro", _c: 1 }, 1262304000), {
    ...fields,
    _t: 1262304000,
    _d: 1,
    Plan: "Pro",
    _c: 1,
  });
});

test("a page says when something was done by _t and _d together", () => {
  const timeOf = (properties) => fieldsOf({}, properties, 7)._t;
  assert.deepEqual([{ _t: 5, _d: 1 }, { _t: 5, _d: "1" }, { _t: 5 }, { _t: 5, _d: 0 }, undefined].map(timeOf), [5, 5, 7, 7, 7]);
});

test("an address is taken apart", () => {
  assert.deepEqual(partsOf("/promo?km_source=a+b&km_source=c#top", "https://shop.test:81/x"), {
    ...{ scheme: "https", host: "shop.test", port: "81", path: "/promo", query: "km_source=a+b&km_source=c", anchor: "top" },
    params: { km_source: "c" },
  });
  assert.deepEqual(parametersOf("?a=%zz&b"), { a: "%zz", b: "" });
});
