// The file that pages load. The server puts the product's key in the place of TRACKING_KEY.

import { Library, second } from "./library.js";
import { matches } from "./patterns.js";
import { partsOf, queryOf } from "./queries.js";

const page = window;
const { document, location } = page;

/** The address of this file; where the page loaded it as a module, of the last one that could be it. */
function ownAddress() {
  const named = [...document.querySelectorAll("script[src]")].filter(({ src }) => src.includes(TRACKING_KEY));
  return (document.currentScript?.src ? document.currentScript : named.pop())?.src ?? location.href;
}

const METHODS = "record set identify clearIdentity alias trackClick trackClickOnOutboundLink trackSubmit ab pageView".split(" ");

/** What pages call. */
function calls(library) {
  const methods = Object.fromEntries(METHODS.map((name) => [name, (...given) => library[name](...given)]));
  return {
    isLibrary: true,
    ...methods,
    i: () => library.person.identity,
    ts: second,
    u: () => location.href,
    um: (pattern, url) => matches(pattern, url ?? location.href),
    urm: (expression) => new RegExp(expression).test(location.href),
    uprts: (address) => partsOf(address, location.href),
    p: queryOf,
    rf: () => library.cameFrom,
    trackForm: methods.trackSubmit,
  };
}

/** Runs a command of the queue, `["record", "Signed Up"]`, or a function. */
function run(library, command) {
  const [name, ...given] = Array.isArray(command) ? command : [command];
  library.guarded(typeof name === "function" ? name : page.KM[name], ...given);
}

/** Runs what is in the queue, and at once whatever is pushed from now on. */
function drain(library) {
  const queue = Array.isArray(page._kmq) ? page._kmq : [];
  const waiting = queue.splice(0);
  queue.push = (...commands) => {
    for (const command of commands) run(library, command);
    return 0;
  };
  page._kmq = queue;
  queue.push(...waiting);
}

/**
 * Begins when somebody sees the page, and it is there, since what it has queued may look for its elements; at the latest
 * when it is left.
 */
function begin(library) {
  let isBegun = false;
  const start = (event) => {
    const isEarly = document.readyState === "loading" && event?.type !== "pagehide";
    if (isBegun || isEarly || document.prerendering) return;
    isBegun = true;
    library.start(() => drain(library));
  };
  library.watchLeaving(); // first, so that what begins when the page is left leaves with it
  for (const type of ["DOMContentLoaded", "pagehide"]) page.addEventListener(type, start);
  document.addEventListener("prerenderingchange", start);
  start();
}

if (!page.KM?.isLibrary) {
  const library = new Library(page, TRACKING_KEY, new URL(".", ownAddress()).href);
  page.KM = calls(library);
  page._kmk ??= TRACKING_KEY;
  begin(library);
}
