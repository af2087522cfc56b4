import assert from "node:assert/strict";
import { test } from "node:test";

import { matches, typeOf } from "../../../../producers/clicky/tracker/source/links.js";
import { Options } from "../../../../producers/clicky/tracker/source/options.js";
import { lastPing, nextPing } from "../../../../producers/clicky/tracker/source/pings.js";
import { newId, Visitor } from "../../../../producers/clicky/tracker/source/visitor.js";

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
