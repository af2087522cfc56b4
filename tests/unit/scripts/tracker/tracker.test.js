import assert from "node:assert/strict";
import { test } from "node:test";

import { Tracker } from "../../../../producers/clicky/tracker/source/tracker.js";

/** What browsers do and a test cannot make one do: a page that nobody sees yet, and one that is kept and seen again. */
function pageOf(document) {
  const listeners = {};
  const timers = [];
  const listen = (type, call) => (listeners[type] = call);
  const page = {
    document: { cookie: "", referrer: "", title: "A page", addEventListener: listen, ...document },
    location: new URL("https://awesome.com/a"),
    history: { pushState() {}, replaceState() {} },
    navigator: { language: "en" },
    screen: { width: 1, height: 2 },
    crypto,
    addEventListener: listen,
    setTimeout: (call) => timers.push(call),
    clearTimeout() {},
  };
  page.top = page.self = page;
  return { page, listeners, timers };
}

function tracked({ page }) {
  const sent = [];
  const tracker = new Tracker(page, "clicky", { send: (query) => sent.push(new URLSearchParams(query).get("type")) });
  tracker.watch();
  tracker.init(500);
  return { tracker, sent };
}

test("a page that is made ready before anybody sees it is counted when somebody does", () => {
  const made = pageOf({ prerendering: true });
  const { tracker, sent } = tracked(made);
  made.timers.shift()();
  tracker.goal(1);
  assert.deepEqual(sent, []);

  made.page.document.prerendering = false;
  made.listeners.prerenderingchange();
  assert.deepEqual(sent, ["pageview", "goal"]);
});

test("a page that was kept when it was left is counted again when it is seen again", () => {
  const made = pageOf();
  const { sent } = tracked(made);
  made.timers.shift()();
  made.listeners.pageshow({ persisted: false });
  assert.deepEqual(sent, ["pageview"]);

  made.listeners.pageshow({ persisted: true });
  assert.deepEqual(sent, ["pageview", "pageview"]);
});

test("hits that wait for a site have an end", () => {
  const { page } = pageOf();
  const sent = [];
  const tracker = new Tracker(page, "clicky", { send: () => sent.push(1) });
  for (let n = 0; n < 1000; n++) tracker.log("/x");
  tracker.init(500);
  tracker.arrive();
  assert.equal(sent.length, 101);
});
