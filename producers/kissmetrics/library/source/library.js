// The library: what pages call, and what is recorded by itself.

import { Cookies } from "../../../web/browser/cookies.js";
import { isOn, mayTrack } from "../../../web/browser/privacy.js";
import { hitOf, isReturning, taggedOf } from "./arrival.js";
import { filledOf } from "./forms.js";
import { Outbox } from "./outbox.js";
import { matches } from "./patterns.js";
import { Person } from "./person.js";
import { fieldsOf, parametersOf, queryOf } from "./queries.js";
import { variationOf } from "./variations.js";
import { Watching } from "./watching.js";

const OPTED_OUT = "km_optout";
const LAST_VISIT = "km_lv";
const VISIT = "km_vs";
const VISIT_S = 30 * 60; // a visit ends when nothing was done for so long
const VIEWER = "km_abi";
const NOBODY = /^(['"]?)(?:null|nil|)\1$/; // what templates make of somebody unknown

/** Now, in unix seconds. */
export const second = () => Math.round(Date.now() / 1000);

export class Library {
  constructor(page, key, address) {
    const mayKnow = () => this.mayKnow();
    this.page = page;
    this.key = key;
    this.cookies = new Cookies(page.document, page.location, () => page.KM_COOKIE_DOMAIN);
    this.person = new Person(page.crypto, this.cookies, mayKnow);
    this.outbox = new Outbox(page, address, this.person);
    this.watching = new Watching(page);
    this.chosen = new Map();
  }

  /** Whether anything may be sent, read or kept. */
  mayKnow() {
    const { page } = this;
    const consent = page.KM_CONSENT == null ? undefined : isOn(page.KM_CONSENT);
    return consent !== false && mayTrack(page, consent) && !this.cookies.read(OPTED_OUT);
  }

  /** Runs something of the page's. What it throws is the page's to see, and stops nothing here. */
  guarded(run, ...given) {
    try {
      if (typeof run === "function") run(...given);
    } catch (error) {
      this.page.setTimeout(() => {
        throw error;
      });
    }
  }

  /** Sends an activity; returns whether the page may be left at once. */
  tell(path, fields, properties, done, mayLeave) {
    if (!this.mayKnow()) {
      this.guarded(done);
      return true;
    }
    this.person.keep(VISIT, "1", VISIT_S);
    const told = fieldsOf({ _k: this.key, _p: this.person.identity, ...fields }, properties, second());
    return this.outbox.send(path, queryOf(told), () => this.guarded(done), mayLeave);
  }

  record(name, properties, done) {
    if (typeof properties === "function") this.record(name, {}, properties);
    else if (name && typeof name === "object") this.set(name, properties ?? done);
    else if (name) this.tell("e", { _n: name }, properties, done);
    else this.set(properties, done);
  }

  /** An event after which the page may be left. */
  recordLast(name, properties) {
    return this.tell("e", { _n: name }, properties, undefined, true);
  }

  set(properties, done) {
    if (queryOf(properties)) this.tell("s", {}, properties, done);
    else this.guarded(done);
  }

  identify(id) {
    const name = String(id ?? "").trim();
    if (NOBODY.test(name)) this.clearIdentity();
    else this.alias(name, this.person.identify(name));
  }

  clearIdentity() {
    this.person.forget();
  }

  alias(one, other) {
    if (one && other && one !== other) this.tell("a", { _p: other, _n: one });
  }

  trackClick(target, name, properties) {
    this.watching.want("click", target, () => this.recordLast(name, properties));
  }

  trackClickOnOutboundLink(target, name, properties) {
    this.watching.want("click", target, (_, event) => {
      if (!this.recordLast(name, properties)) this.watching.delay(event);
    });
  }

  trackSubmit(target, name, properties) {
    this.watching.want("submit", target, (form) => {
      const filled = isOn(this.page.KM_SKIP_FORM_FIELDS) ? {} : filledOf(form);
      if (filled.identity && !this.person.named) this.identify(filled.identity);
      this.recordLast(name, { ...properties, ...filled.properties });
    });
  }

  /** Which variation of a test this person sees; it is a property of that name. */
  ab(test, variations, done) {
    if (!this.chosen.has(test)) {
      const variation = variationOf(test, variations, this.person.kept(VIEWER));
      this.chosen.set(test, variation);
      this.set({ [test]: variation }, () => this.guarded(done, variation));
    } else this.guarded(done, this.chosen.get(test));
    return this.chosen.get(test);
  }

  /** Begins: what the address says, what the page says with `drain`, then what is recorded by itself. */
  start(drain) {
    const isNewVisit = !this.person.read(VISIT);
    const { location, KM_SKIP_URL } = this.page;
    this.outbox.resend();
    if (!isOn(KM_SKIP_URL)) this.tagged(taggedOf(parametersOf(location.search)));
    drain();
    this.seen(isNewVisit);
    this.arrived();
  }

  /** From now on: a page that is kept when it is left may be shown once more. */
  watchLeaving() {
    const { page, outbox } = this;
    const { document } = page;
    page.addEventListener("pagehide", () => outbox.leave());
    document.addEventListener("visibilitychange", () => (document.visibilityState === "hidden" ? outbox.leave() : outbox.stay()));
    page.addEventListener("pageshow", ({ persisted }) => {
      outbox.stay();
      if (persisted) this.seen(!this.person.read(VISIT));
    });
  }

  tagged({ event, identity, properties }) {
    if (identity) this.identify(identity);
    if (this.isLoadedAnew) this.record(event, properties);
  }

  /** A page that is loaded again, or gone back to, was reached before. */
  get isLoadedAnew() {
    return !/^(?:reload|back_forward)$/.test(this.page.performance.getEntriesByType("navigation")[0]?.type);
  }

  get cameFrom() {
    return this.page.KM_REFERRER ?? this.page.document.referrer;
  }

  arrived() {
    const { page } = this;
    const hit = hitOf(page.location.href, parametersOf(page.location.search), this.cameFrom);
    const isWanted = hit && !isOn(hit.name === "Search Engine Hit" ? page.KM_SKIP_SEARCH_ENGINE : page.KM_SKIP_UTM);
    if (isWanted && this.isLoadedAnew) this.record(hit.name, hit.properties);
  }

  get where() {
    return { URL: this.page.location.href, Referrer: this.cameFrom || "Direct" };
  }

  pageView() {
    const { URL, Referrer } = this.where;
    this.record("Page View", { "Viewed URL": URL, Referrer });
  }

  /** A page is seen: loaded, or shown once more as it was left. */
  seen(isNewVisit) {
    const { page } = this;
    if (isNewVisit && !isOn(page.KM_SKIP_VISITED_SITE)) this.record("Visited Site", { ...this.where, Returning: this.returning() });
    if (page.KM_SKIP_PAGE_VIEW != null && !isOn(page.KM_SKIP_PAGE_VIEW)) this.pageView();
    this.person.keep(VISIT, "1", VISIT_S);
  }

  /** 1 of somebody who was here before; remembers that he was. */
  returning() {
    const is = isReturning(this.person.read(LAST_VISIT), second());
    this.person.keep(LAST_VISIT, is ? "x" : String(second()));
    return is && !isOn(this.page.KM_SKIP_RETURNING) ? 1 : undefined;
  }
}
