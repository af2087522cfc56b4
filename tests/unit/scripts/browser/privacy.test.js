import assert from "node:assert/strict";
import { test } from "node:test";

import { browserObjects, isOn, mayTrack } from "../../../../producers/web/browser/privacy.js";

test("a switch is on however a page writes that", () => {
  for (const on of [1, true, "1", "yes", {}]) assert.ok(isOn(on), String(on));
  for (const off of [0, false, "0", "false", "", null, undefined]) assert.ok(!isOn(off), String(off));
});

test("who objects is not tracked, but where he consents", () => {
  const objecting = [{ navigator: { globalPrivacyControl: true } }, { navigator: { doNotTrack: "1" } }, { navigator: {}, doNotTrack: "1" }];
  for (const page of objecting) {
    assert.ok(browserObjects(page));
    assert.deepEqual([undefined, false, true].map((consent) => mayTrack(page, consent)), [false, false, true]);
  }
  assert.ok(mayTrack({ navigator: { doNotTrack: "0", globalPrivacyControl: false } }, undefined));
  assert.ok(mayTrack({ navigator: { doNotTrack: "unspecified" } }, false));
});
