// The file that pages load. The server puts it into a function whose parameter TRACKER_NAME is the tracker's name.

import { Tracker } from "./tracker.js";
import { Transport } from "./transport.js";

const page = window;
const { document } = page;

/** The element that loaded this file; where the page loaded it as a module, the last one that could have. */
function ownScript() {
  const named = [...document.querySelectorAll("script[src]")].filter(({ src }) => /\/(?:js|\d+\.js)(?:[?#]|$)/.test(src));
  return document.currentScript ?? named.pop();
}

/** What pages call. */
function begun() {
  const script = ownScript();
  const address = new URL("in.php", script?.src || page.location.href).href;
  const tracker = new Tracker(page, TRACKER_NAME, new Transport(page, address, script?.nonce));
  tracker.watch();
  const init = (...ids) => ids.flat().forEach((id) => tracker.init(id));
  for (const name of new Set([`${TRACKER_NAME}_site_ids`, "clicky_site_ids"])) {
    const ids = Array.isArray(page[name]) ? page[name] : [];
    init(ids);
    ids.push = (...more) => {
      init(more);
      return Array.prototype.push.apply(ids, more);
    };
    page[name] = ids;
  }
  init([tracker.options.given("site_id"), page.async_site_id, (script?.dataset.id ?? "").split(",")].flat());
  return {
    isTracker: true,
    init,
    log: (href, title, type) => tracker.log(href, title, type || undefined),
    goal: (goal, revenue) => tracker.goal(goal, revenue),
    pause() {}, // beacons outlive a page, so nothing has to wait for them
  };
}

if (!page[TRACKER_NAME]?.isTracker) page[TRACKER_NAME] = begun();
page._cgen ??= page[TRACKER_NAME];
