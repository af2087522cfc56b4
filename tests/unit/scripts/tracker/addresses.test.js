import assert from "node:assert/strict";
import { test } from "node:test";

import { campaignOf, externalReferrer, hrefOf, isOwn, pageHref } from "../../../../producers/clicky/tracker/source/addresses.js";

const HERE = new URL("http://www.awesome.com:8080/a/b?c=d#top");

test("a page is called by its path and query, and by its route where that is behind a #", () => {
  assert.equal(pageHref(HERE), "/a/b?c=d");
  assert.equal(pageHref(new URL("http://a.com/#/cart?x=1")), "/#/cart?x=1");
  assert.equal(pageHref(new URL("http://a.com/p#!cart")), "/p#!cart");
});

test("what is logged has the form that a server knows", () => {
  const cases = [
    ["pageview", "https://anything.com/x?y=z", "/x?y=z"],
    ["pageview", "//anything.com", "/"],
    ["pageview", "thanks", "/thanks"],
    ["pageview", "#tab", "#tab"],
    ["click", "http://awesome.com:8080/x", "/x"],
    ["click", "https://WWW.awesome.com:8080/x", "/x"],
    ["click", "http://shop.awesome.com/x", "http://shop.awesome.com/x"],
    ["download", "http://www.awesome.com:8080", "/"],
    ["download", "//cdn.com/a.zip", "//cdn.com/a.zip"],
    ["click", 5, "/5"],
    ["outbound", "/out", "http://www.awesome.com:8080/out"],
    ["outbound", "http://other.com", "http://other.com/"],
    ["outbound", "http://[", "http://["],
  ];
  for (const [type, href, expected] of cases) assert.equal(hrefOf(type, href, HERE), expected, `${type} ${href}`);
});

test("a site's hosts are its own and those below, with www or without", () => {
  for (const host of ["awesome.com", "www.awesome.com", "Shop.Awesome.com"]) assert.ok(isOwn(host, "www.awesome.com"), host);
  assert.ok(isOwn("shop.awesome.com", ".awesome.com"));
  for (const host of ["notawesome.com", "awesome.com.other.net", "com"]) assert.ok(!isOwn(host, "awesome.com"), host);
});

test("a referrer is told of if it is another site's page", () => {
  const other = "https://search.com/?q=shoes";
  assert.equal(externalReferrer(other, "awesome.com"), other);
  for (const own of ["", "http://shop.awesome.com:81/a", "android-app://com.other", "about:blank"]) {
    assert.equal(externalReferrer(own, "awesome.com"), "", own);
  }
});

test("a campaign stands in the query or behind the #", () => {
  const place = new URL("http://a.com/?x=1&utm_source=a%20b&utm_empty=#/route?utm_medium=mail&y=2");
  assert.equal(campaignOf(place), "utm_source=a%20b&utm_medium=mail");
  assert.equal(campaignOf(HERE), "");
});
