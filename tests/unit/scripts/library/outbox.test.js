import assert from "node:assert/strict";
import { test } from "node:test";

import { Outbox } from "../../../../producers/kissmetrics/library/source/outbox.js";

/** A browser in which images arrive or fail as the test says, with beacons that are taken or not. */
function boxOf({ beacons = true, onLine = true, kept = "" } = {}) {
  const state = { images: [], beacons: [], kept };
  const person = { read: () => state.kept, keep: (name, value) => (state.kept = value) };
  const sendBeacon = (url, body) => beacons && Boolean(state.beacons.push(`${url}?${body}`));
  class Image {
    set src(url) {
      this.url = url;
      state.images.push(this);
    }
  }
  const page = { Image, navigator: { onLine, sendBeacon } };
  return { box: new Outbox(page, "http://t/", person), state };
}

test("what is sent is an image, and is done when that is there", () => {
  const { box, state } = boxOf();
  let done = 0;
  assert.equal(box.send("e", "a=1", () => done++), false);
  assert.deepEqual([state.images[0].url, done], ["http://t/e?a=1", 0]);

  state.images[0].onload();
  assert.deepEqual([done, state.kept, state.beacons], [1, "", []]);
});

test("where the page may be left it is a beacon, which is done at once; where there is none, an image", () => {
  const { box, state } = boxOf();
  let done = 0;
  assert.equal(box.send("e", "a=b%20c", () => done++, true), true);
  assert.deepEqual([state.beacons, state.images, done], [["http://t/e?a=b+c"], [], 1]);

  const without = boxOf({ beacons: false });
  assert.equal(without.box.send("e", "a=1", () => {}, true), false);
  assert.equal(without.state.images.length, 1);
});

test("a query that is too long for a line is a beacon", () => {
  const { box, state } = boxOf();
  box.send("s", `a=${"x".repeat(4096)}`, () => {});
  assert.deepEqual([state.images.length, state.beacons.length], [0, 1]);
});

test("what did not arrive waits for the next page, and its page goes on", () => {
  const { box, state } = boxOf({ kept: "e?old=1" });
  let done = 0;
  box.send("e", "a=1", () => done++);
  state.images[0].onerror();
  assert.deepEqual([done, state.kept], [1, "e?old=1|e?a=1"]);
});

test("what is on its way when the page is left is a beacon, and what comes then; offline it waits", () => {
  const { box, state } = boxOf();
  box.send("e", "a=1", () => {});
  box.leave();
  box.send("s", "b=2", () => {});
  assert.deepEqual([state.beacons, state.kept], [["http://t/e?a=1", "http://t/s?b=2"], ""]);
  state.images[0].onerror();
  assert.equal(state.kept, "");
  box.stay();
  box.send("e", "c=3", () => {});
  assert.equal(state.images.length, 2);

  const offline = boxOf({ onLine: false });
  offline.box.send("e", "a=1", () => {});
  offline.box.leave();
  assert.deepEqual([offline.state.beacons, offline.state.kept], [[], "e?a=1"]);
});

test("the next page sends what waits, and nothing of another program's", () => {
  const { box, state } = boxOf({ kept: "e?a=1|1262304000 /e?_k=old|http://evil/|x?y|a?b=2" });
  box.resend();
  assert.deepEqual(state.images.map(({ url }) => url), ["http://t/e?a=1", "http://t/a?b=2"]);
  assert.equal(state.kept, "");
});

test("what waits has an end: the oldest goes", () => {
  const { box, state } = boxOf();
  for (let n = 0; n < 100; n++) {
    box.send("e", `n=${n}&text=${"x".repeat(100)}`, () => {});
    state.images[n].onerror();
  }
  const numbers = state.kept.split("|").map((url) => Number(/n=(\d+)/.exec(url)[1]));
  assert.ok(encodeURIComponent(state.kept).length <= 2048);
  assert.deepEqual(numbers, Array.from(numbers, (_, n) => 100 - numbers.length + n));
  assert.ok(numbers.length > 10);
});
