import assert from "node:assert/strict";
import { test } from "node:test";

import { hitOf, isReturning, searchOf, taggedOf } from "../../../../producers/kissmetrics/library/source/arrival.js";

test("a tagged address says an event, an identity and properties", () => {
  const parameters = { kme: "Clicked Link", kmi: "bob@example.com", "km_Link Location": "top", km_: "x", km: "x", utm_source: "y" };
  assert.deepEqual(taggedOf(parameters), { event: "Clicked Link", identity: "bob@example.com", properties: { "Link Location": "top" } });
  assert.deepEqual(taggedOf({}), { event: undefined, identity: undefined, properties: {} });
});

test("a campaign is what the address says of it", () => {
  const parameters = { utm_source: "news", utm_medium: "mail", utm_campaign: "march", utm_term: "shoes", utm_content: "b", utm_id: "9" };
  assert.deepEqual(hitOf("http://a.com/?x", parameters, ""), {
    name: "Ad Campaign Hit",
    properties: {
      ...{ URL: "http://a.com/?x", "Campaign Source": "news", "Campaign Medium": "mail", "Campaign Name": "march" },
      ...{ "Campaign Terms": "shoes", "Campaign Content": "b" },
    },
  });
  assert.deepEqual(hitOf("u", { gclid: "1" }, "").properties, { URL: "u" });
  assert.equal(hitOf("u", { utm_source: "", utm_id: "9" }, ""), undefined);
});

test("a search is told by its engine, with what was looked for where that is known", () => {
  const found = (referrer) => Object.values(searchOf(referrer) ?? {}).filter(Boolean).join(": ");
  const cases = {
    "https://www.google.com/": "Google",
    "https://google.co.uk/search?q=red+shoes": "Google: red shoes",
    "https://www.google.de/url?q=%C3%A9": "Google: é",
    "https://cn.bing.com/search?q=a": "Bing: a",
    "https://de.search.yahoo.com/search?p=b&q=no": "Yahoo: b",
    "https://duckduckgo.com/": "DuckDuckGo",
    "https://yandex.ru/search/?text=c": "Yandex: c",
    "https://m.baidu.com/s?wd=d": "Baidu: d",
    "https://search.brave.com/search?q=e": "Brave: e",
  };
  for (const [referrer, expected] of Object.entries(cases)) assert.equal(found(referrer), expected, referrer);
  const none = ["", "not an address", "https://mail.google.com/", "https://notgoogle.com/", "https://google.com.evil.example/", "https://www.yahoo.com/"];
  for (const referrer of none) assert.equal(found(referrer), "", referrer);
});

test("a search that an ad was found by is a campaign", () => {
  const hit = hitOf("u", { gclid: "1" }, "https://www.google.com/?q=shoes");
  assert.deepEqual(hit, { name: "Ad Campaign Hit", properties: { URL: "u", "Search Engine": "Google", "Search Terms": "shoes" } });
  assert.equal(hitOf("u", {}, "https://www.google.com/").name, "Search Engine Hit");
});

test("somebody comes back half an hour after he came, and from then on he is known for it", () => {
  assert.deepEqual(["", "x", "1000", "1000", "nothing"].map((kept, n) => isReturning(kept, [0, 0, 2799, 2800, 9999][n])), [
    ...[false, true, false, true, false],
  ]);
});
