import assert from "node:assert/strict";
import { test } from "node:test";

import { Cookies } from "../../../producers/clicky/tracker/source/cookies.js";
import { matches, typeOf } from "../../../producers/clicky/tracker/source/links.js";
import { isOn, Options } from "../../../producers/clicky/tracker/source/options.js";
import { lastPing, nextPing } from "../../../producers/clicky/tracker/source/pings.js";
import { browserObjects, mayTrack } from "../../../producers/clicky/tracker/source/privacy.js";
import { newId, Visitor } from "../../../producers/clicky/tracker/source/visitor.js";

const options = (custom, more = {}) => new Options({ clicky_custom: custom, ...more }, "clicky");

test("pings come after 30 s and 60 s, then every two minutes until 485 s", () => {
  const seen = (last) => {
    const seconds = [];
    for (let second = nextPing(0, last); second !== undefined; second = nextPing(second, last)) seconds.push(second);
    return seconds;
  };
  assert.deepEqual(seen(lastPing(undefined)), [30, 60, 180, 300, 420]);
  assert.deepEqual(seen(lastPing(5)), [30, 60, 180, 300]);
  assert.equal(seen(lastPing(240)).at(-1), 14340);
});

test("pings go on for 5 to 240 minutes where a page asks for it", () => {
  const cases = [[5, 300], ["30", 1800], [1, 300], [999, 14400], [0, 485], ["long", 485], [-5, 485]];
  for (const [minutes, seconds] of cases) assert.equal(lastPing(minutes), seconds, String(minutes));
});

test("a switch is on however a page writes that", () => {
  for (const on of [1, true, "1", "yes", {}]) assert.ok(isOn(on), String(on));
  for (const off of [0, false, "0", "false", "", null, undefined]) assert.ok(!isOn(off), String(off));
});

test("consent is given, refused, or was not asked for", () => {
  const said = [1, "true", 0, false, null, undefined].map((value) => options({ visitor_consent: value }).consent);
  assert.deepEqual(said, [true, true, false, false, undefined, undefined]);
  assert.equal(new Options({}, "clicky").consent, undefined);
});

test("a visitor is said in the newest of three ways", () => {
  const old = { clicky_custom_session: { c: 3 } };
  assert.deepEqual(options({ visitor: { a: 1 }, session: { b: 2 } }, old).visitor, { a: 1 });
  assert.deepEqual(options({ session: { b: 2 } }, old).visitor, { b: 2 });
  assert.deepEqual(options(undefined, old).visitor, { c: 3 });
});

test("a white label's own variables go before the standard ones", () => {
  const page = { hotstatz_custom: { title: "own" }, clicky_custom: { title: "standard" }, clicky_site_id: 5 };
  const own = new Options(page, "hotstatz");
  assert.equal(own.of("title"), "own");
  assert.equal(own.given("site_id"), 5);
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

test("a link is a file, leads elsewhere, or is neither", () => {
  const typed = (address, custom) => typeOf(new URL(address), "www.awesome.com", options(custom));
  for (const file of ["pdf", "ZIP", "tar.gz", "mp3", "m4v", "docx", "7z"]) {
    assert.equal(typed(`http://awesome.com/a.${file}?x=1`), "download", file);
  }
  assert.equal(typed("https://cdn.com/a.pdf"), "download");
  assert.equal(typed("https://cdn.com/a.html"), "outbound");
  assert.equal(typed("ftp://cdn.com/a"), "outbound");
  for (const none of ["http://awesome.com/a.pdfx", "http://shop.awesome.com/", "mailto:a@b.c", "javascript:void 0", "tel:1"]) {
    assert.equal(typed(none), undefined, none);
  }
  assert.equal(typed("https://cdn.com/", { outbound_disable: 1 }), undefined);
  assert.equal(typed("https://awesome.com/out/5", { outbound_pattern: ["/go/", "/out/"] }), "outbound");
});

test("patterns are one or several, and an empty one matches nothing", () => {
  assert.deepEqual([["/out/"], "/out/", ["x", "/out/"], "", [], undefined].map((each) => matches(each, "http://a.com/out/1")), [
    ...[true, true, true, false, false, false],
  ]);
});

test("a new visitor's number has ten digits, whatever chance says", () => {
  const made = (high, low) => newId({ getRandomValues: () => [high, low] });
  assert.deepEqual([made(0, 0), made(89999, 99999), made(4294967295, 4294967295)], ["1000000000", "9999999999", "8729567295"]);
});

test("what is kept of a visitor is what the page names, from when it was said; another's cookie is nothing", () => {
  const written = [];
  const knows = (cookie, custom) => {
    const cookies = { read: () => cookie, write: (name, value, seconds) => written.push([name, value, seconds]) };
    return new Visitor({}, options({ visitor_keys_cookie: ["name", "plan"], ...custom }), cookies).data();
  };
  assert.deepEqual(knows('{"name":"ann","old":1}', {}), { name: "ann" });
  assert.deepEqual(written, []);
  assert.deepEqual(knows('{"name":"ann"}', { visitor: { plan: "pro", x: 1 } }), { name: "ann", plan: "pro", x: 1 });
  assert.deepEqual(written, [["_custom_data", '{"name":"ann","plan":"pro"}', 90 * 86400]]);
  for (const other of ["", "null", "5", '"text"', "{", "[1]"]) assert.deepEqual(knows(other, {}), {}, other);
});

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
  const cookies = (hostname, taken) => new Cookies(documentOf(taken), { hostname, protocol: "http:" }, options({}));
  assert.equal(cookies("a.shop.example.co.uk", ["example.co.uk", "shop.example.co.uk"]).domain, "example.co.uk");
  assert.equal(cookies("john.pages.example", ["john.pages.example"]).domain, "john.pages.example");
  for (const host of ["localhost", "127.0.0.1", "[::1]"]) assert.equal(cookies(host, []).domain, "", host);
});

test("a document without cookies reads none and keeps none", () => {
  const denied = { get cookie() { throw new Error("denied"); }, set cookie(text) { throw new Error("denied"); } };
  const cookies = new Cookies(denied, { hostname: "a.com", protocol: "https:" }, options({}));
  assert.equal(cookies.read("a"), "");
  assert.equal(cookies.write("a", "1", 9), false);
});
