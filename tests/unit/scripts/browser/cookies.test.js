import assert from "node:assert/strict";
import { test } from "node:test";

import { Cookies } from "../../../../producers/web/browser/cookies.js";

/** A document that keeps cookies for `taken` and its own host alone. */
function documentOf(taken) {
  const kept = new Map();
  return {
    get cookie() {
      return [...kept].map(([name, value]) => `${name}=${value}`).join("; ");
    },
    set cookie(text) {
      const [pair, ...attributes] = text.split("; ");
      const [name, value] = pair.split("=");
      const domain = attributes.find((each) => each.startsWith("domain="))?.slice(7);
      if (domain && !taken.includes(domain)) return;
      if (attributes.includes("max-age=0")) kept.delete(name);
      else kept.set(name, value);
    },
  };
}

test("cookies are for the widest domain that the browser takes them for", () => {
  const cookies = (hostname, taken) => new Cookies(documentOf(taken), { hostname, protocol: "http:" }, () => "");
  assert.equal(cookies("a.shop.example.co.uk", ["example.co.uk", "shop.example.co.uk"]).domain, "example.co.uk");
  assert.equal(cookies("john.pages.example", ["john.pages.example"]).domain, "john.pages.example");
  for (const host of ["localhost", "127.0.0.1", "[::1]"]) assert.equal(cookies(host, []).domain, "", host);
});

test("a page may say whose its cookies are", () => {
  assert.equal(new Cookies(documentOf([]), { hostname: "a.b.c", protocol: "http:" }, () => "b.c").domain, "b.c");
});

test("a document without cookies reads none and keeps none", () => {
  const denied = { get cookie() { throw new Error("denied"); }, set cookie(text) { throw new Error("denied"); } };
  const cookies = new Cookies(denied, { hostname: "a.com", protocol: "https:" }, () => "");
  assert.equal(cookies.read("a"), "");
  assert.equal(cookies.write("a", "1", 9), false);
});
