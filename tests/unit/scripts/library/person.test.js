import assert from "node:assert/strict";
import { test } from "node:test";

import { newId, Person } from "../../../../producers/kissmetrics/library/source/person.js";

/** A browser that keeps cookies, and how long each; chance counts up. */
function personOf({ mayKnow = true, keeps = true, kept = {} } = {}) {
  const cookies = {
    kept,
    seconds: {},
    read: (name) => cookies.kept[name] ?? "",
    write(name, value, seconds) {
      if (!keeps) return false;
      Object.assign(cookies.kept, { [name]: value });
      cookies.seconds[name] = seconds;
      return true;
    },
  };
  let next = 0;
  const random = { getRandomValues: (bytes) => bytes.fill(next++) };
  return { person: new Person(random, cookies, () => mayKnow), cookies };
}

const FIRST = newId({ getRandomValues: (bytes) => bytes.fill(0) });

test("a name by chance is 28 characters of base64", () => {
  assert.match(newId(crypto), /^[A-Za-z\d+/]{27}=$/);
  assert.notEqual(newId(crypto), newId(crypto));
  assert.equal(FIRST, "AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
});

test("somebody unknown is the same one until he is named, and then it is told who he was, once", () => {
  const { person, cookies } = personOf();
  assert.deepEqual([person.identity, person.identity, cookies.kept.km_ai], [FIRST, FIRST, FIRST]);
  assert.equal(person.identify("bob"), FIRST);
  assert.equal(person.identify("bob"), "");
  assert.deepEqual([person.identity, cookies.kept], ["bob", { km_ai: FIRST, km_ni: "bob" }]);
});

test("who is named before anything was done was nobody before", () => {
  const { person, cookies } = personOf();
  assert.equal(person.identify("bob"), "");
  assert.deepEqual(cookies.kept, { km_ni: "bob" });
});

test("a second name in one browser is another person, whom the first one's past never becomes", () => {
  const { person, cookies } = personOf({ kept: { km_ai: "A", km_ni: "bob" } });
  assert.equal(person.identify("bill"), "");
  delete cookies.kept.km_ni; // however the name is lost
  assert.equal(person.identify("bill"), "");
  assert.deepEqual(cookies.kept, { km_ai: "bill", km_ni: "bill" });
});

test("a name and the one by chance before it are kept as long as each other", () => {
  const { person, cookies } = personOf({ kept: { km_ai: "A" } });
  person.identify("bob");
  assert.equal(cookies.seconds.km_ai, cookies.seconds.km_ni);
  assert.equal(cookies.seconds.km_ai, 365 * 86400);
});

test("a name that is cleared leaves somebody new, and somebody unknown stays who he is", () => {
  const { person, cookies } = personOf();
  const before = person.identity;
  person.forget();
  assert.equal(person.identity, before);
  person.identify("bob");
  person.forget();
  assert.deepEqual([cookies.kept.km_ni, cookies.seconds.km_ni], ["", 0]);
  assert.notEqual(person.identity, before);
});

test("where no cookie is kept, a page is told again what it said", () => {
  const { person, cookies } = personOf({ keeps: false });
  const before = person.identity;
  assert.deepEqual([person.identity, person.identify("bob"), person.identity], [before, before, "bob"]);
  person.forget();
  assert.notEqual(person.identity, before);
  assert.deepEqual(cookies.kept, {});
});

test("of whom nothing may be known nothing is read or kept", () => {
  const { person, cookies } = personOf({ mayKnow: false, kept: { km_ai: "A", km_ni: "bob", km_abi: "B" } });
  assert.deepEqual([person.read("km_ni"), person.identity, person.kept("km_abi")], ["", FIRST, newId({ getRandomValues: (bytes) => bytes.fill(1) })]);
  person.identify("bill");
  assert.deepEqual(cookies.kept, { km_ai: "A", km_ni: "bob", km_abi: "B" });
});
