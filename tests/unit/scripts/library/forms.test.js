import assert from "node:assert/strict";
import { test } from "node:test";

import { filledOf } from "../../../../producers/kissmetrics/library/source/forms.js";

const field = (name, value, { type = "text", tag = "INPUT", classes = [], ...more } = {}) => ({
  ...{ name, value, type, tagName: tag, classList: { contains: (one) => classes.includes(one) }, ...more },
});
const filled = (...elements) => filledOf({ elements });
const selected = (...options) => ({ tag: "SELECT", type: "select-multiple", selectedOptions: options });

test("texts, choices and ticks are properties, by their names", () => {
  const form = filled(
    field("city", "Berlin"),
    field("user[plan]", "pro"),
    field("size", "L", { type: "radio", checked: true }),
    field("size", "XL", { type: "radio", checked: false }),
    field("likes[]", "tea", { type: "checkbox", checked: true }),
    field("likes[]", "milk", { type: "checkbox", checked: true }),
    field("likes[]", "none", { type: "checkbox", checked: false }),
    field("colour", "", selected({ value: "r", text: "Red" }, { value: "", text: "Blue" })),
  );
  assert.deepEqual(form.properties, { city: "Berlin", user_plan: "pro", size: "L", likes: "tea,milk", colour: "r,Blue" });
  assert.equal(form.identity, undefined);
});

test("nothing secret is taken, nor what the page says is none of our business", () => {
  const secret = "pass user[pass_word] billing_name credit-card card_num cc_type exp_date cvc ssn soc-sec".split(" ");
  const form = filled(
    ...secret.map((name) => field(name, "secret")),
    field("q", "secret", { type: "password" }),
    field("token", "secret", { type: "hidden" }),
    field("email_token", "secret", { type: "hidden" }),
    field("phone", "secret", { type: "tel" }),
    field("note", "secret", { tag: "TEXTAREA", type: "textarea" }),
    field("", "secret"),
    field("ignored", "secret", { classes: ["km_ignore"] }),
    field(undefined, undefined, { tag: "BUTTON", type: undefined }),
  );
  assert.deepEqual(form, { properties: {}, identity: undefined });
});

test("what the page wants to be taken is, but for passwords and files", () => {
  const include = { classes: ["km_include"] };
  const form = filled(
    field("note", "hello", { ...include, tag: "TEXTAREA", type: "textarea" }),
    field("exp_years", "3", include),
    field("hidden", "h", { ...include, type: "hidden" }),
    field("word", "secret", { ...include, type: "password" }),
    field("cv", "secret", { ...include, type: "file" }),
  );
  assert.deepEqual(form.properties, { note: "hello", exp_years: "3", hidden: "h" });
});

test("a form says who it is by an address, else by the first field that is called so", () => {
  for (const name of ["email", "user[e-mail]", "user_id", "Login", "userName"]) {
    assert.equal(filled(field("city", "x"), field(name, " bob@example.com ", { type: "email" })).identity, "bob@example.com", name);
  }
  assert.equal(filled(field("user[name]", "Ann"), field("email", "ann@example.com")).identity, "ann@example.com");
  assert.equal(filled(field("email", " "), field("user[name]", "ann"), field("login", "bob")).identity, "ann");
  assert.equal(filled(field("email", "bob", { classes: ["km_ignore"] })).identity, undefined);
});
