import assert from "node:assert/strict";
import { test } from "node:test";

import { matches } from "../../../../producers/kissmetrics/library/source/patterns.js";

const SITE = "http://example.com";

test("a pattern is a path, and a * in it is anything", () => {
  const cases = [
    ["/plans", "/plans/", true],
    ["https://www.example.com/Plans", "/plans", true],
    ["/plans", "/plans/x", false],
    ["/plans", "/x/plans", false],
    ["/", "/", true],
    ["/*", "/any/page", true],
    ["/en/*/view", "/en/san-francisco/view/", true],
    ["/*/view/contact", "/en/san-francisco/view/contact", true],
    ["/*/san-francisco/*/contact", "/en/san-francisco/view/contact", true],
    ["/*/view/*", "/en/new-york/view", true],
    ["/*/view/*", "/en/new-york/view/submit", true],
    ["/*/view/*/*", "/en/new-york/view/submit", true],
    ["/*/view/*/*", "/en/new-york/view/", false],
    ["*/view/*", "/en/new-york/view/submit", false],
    ["/a.b(c)", "/axb(c)", false],
    ["/a.b(c)", "/a.b(c)", true],
    ["/beta#top", "/beta#else", true],
  ];
  for (const [pattern, path, expected] of cases) assert.equal(matches(pattern, SITE + path), expected, `${pattern} ${path}`);
});

test("a pattern's parameters have to be there, and others may", () => {
  const cases = [
    ["/*/?source=*", "/en/view/?source=google", true],
    ["/*?source=*", "/en/view?location=home&source=fb", true],
    ["/*?source=*", "/en/view?source=", false],
    ["/*?source=fb", "/en/view?source=fb&location=home", true],
    ["/*?source=fb", "/en/view?source=google", false],
    ["/foo?id=1", "/foo", false],
    ["/foo", "/foo?id=1", true],
    ["/foo?to=http://a/?b", "/foo?to=http%3A%2F%2Fa%2F%3Fb", true],
  ];
  for (const [pattern, path, expected] of cases) assert.equal(matches(pattern, SITE + path), expected, `${pattern} ${path}`);
});
