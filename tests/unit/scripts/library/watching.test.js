import assert from "node:assert/strict";
import { test } from "node:test";

import { Watching } from "../../../../producers/kissmetrics/library/source/watching.js";

const element = (id, more) => ({ nodeType: 1, id, classList: { contains: (name) => name === `of-${id}` }, ...more });

/** A page on which something happens, to elements from the innermost to the document. */
function pageOf() {
  const listeners = {};
  const timers = [];
  const page = {
    document: { nodeType: 9, addEventListener: (type, call, capture) => capture && (listeners[type] = call) },
    location: {},
    setTimeout: (call, ms) => timers.push([call, ms]),
  };
  const happens = (type, path, more) => {
    const event = { type, target: path[0], composedPath: () => [...path, page.document], preventDefault: () => (event.isPrevented = true), ...more };
    listeners[type](event);
    return event;
  };
  return { page, timers, watching: new Watching(page), happens };
}

test("an element is an id, a class or itself, and hears of what is inside of it, once", () => {
  const { watching, happens } = pageOf();
  const heard = [];
  const [outer, middle, inner] = ["outer", "middle", "inner"].map((id) => element(id));
  for (const target of ["middle", "#outer", ".of-inner", outer, "other", ".middle"]) {
    watching.want("click", target, (found) => heard.push([target, found.id]));
  }
  happens("click", [inner, middle, outer]);

  assert.deepEqual(heard, [["middle", "middle"], ["#outer", "outer"], [".of-inner", "inner"], [outer, "outer"]]);
});

test("the middle button opens a link, and the right one says nothing", () => {
  const { watching, happens } = pageOf();
  let heard = 0;
  watching.want("click", "link", () => heard++);
  for (const button of [1, 2]) happens("auxclick", [element("link")], { button });
  assert.equal(heard, 1);
});

test("of a form it is the form that is submitted, and a click in it is none", () => {
  const { watching, happens } = pageOf();
  const heard = [];
  for (const id of ["form", "wrapper"]) watching.want("submit", id, (found) => heard.push(found.id));
  happens("submit", [element("form"), element("wrapper")]);
  happens("click", [element("form")]);
  assert.deepEqual(heard, ["form"]);
});

test("a click on a link that would leave the page goes there 250 ms later", () => {
  const { page, timers, watching, happens } = pageOf();
  const link = element("link", { href: "http://other.test/", target: "" });
  const event = happens("click", [element("inside"), link], { button: 0 });
  watching.delay(event);
  assert.deepEqual([event.isPrevented, timers.length, timers[0][1], page.location.href], [true, 1, 250, undefined]);
  timers[0][0]();
  assert.equal(page.location.href, "http://other.test/");
});

test("a click that opens another tab, or leads nowhere, takes its way", () => {
  const { timers, watching, happens } = pageOf();
  const link = element("link", { href: "http://other.test/", target: "" });
  const elsewhere = [{ ctrlKey: true }, { shiftKey: true }, { metaKey: true }, { altKey: true }, { button: 1 }];
  const events = [
    ...elsewhere.map((how) => happens("click", [link], how)),
    happens("click", [{ ...link, target: "_blank" }]),
    happens("click", [element("button")]),
  ];
  for (const event of events) watching.delay(event);
  assert.deepEqual([events.map(({ isPrevented }) => isPrevented), timers], [Array(7).fill(undefined), []]);
});
