// The tracker: what pages call, and what it notices by itself, as hits for each of the page's sites.

import { Cookies } from "../../../web/browser/cookies.js";
import { mayTrack } from "../../../web/browser/privacy.js";
import { campaignOf, externalReferrer, hrefOf, pageHref } from "./addresses.js";
import { watchClicks, watchHistory, watchMedia, watchPoints } from "./monitors.js";
import { Options } from "./options.js";
import { Pings } from "./pings.js";
import { queryOf } from "./query.js";
import { hasOptedOut, hintsOf, Visitor } from "./visitor.js";

const INIT_MS = 150; // a page may name several sites, and set its options, before its page view leaves
const HELD_MAX = 100; // hits that wait for a site to be named

export class Tracker {
  constructor(page, name, transport) {
    this.page = page;
    this.options = new Options(page, name);
    this.cookies = new Cookies(page.document, page.location, () => this.options.of("cookie_domain"));
    this.visitor = new Visitor(page, this.options, this.cookies);
    this.transport = transport;
    this.pings = new Pings(page, this.options, () => this.hit("ping"));
    this.sites = new Set();
    this.due = new Set(); // sites whose first page view has not left yet
    this.held = [];
    this.said = {};
  }

  /** Notices from now on what happens on the page. */
  watch() {
    const { document } = this.page;
    const flush = watchPoints(this);
    const look = watchHistory(this);
    watchClicks(this);
    watchMedia(this);
    const leave = () => {
      this.isLeaving = true; // what is due goes now, by beacon
      this.arrive();
      look();
      flush();
      this.isLeaving = false;
    };
    this.page.addEventListener("pagehide", leave);
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && leave());
    document.addEventListener("prerenderingchange", () => this.release());
    // One that was kept as it was when it was left is seen once more.
    this.page.addEventListener("pageshow", ({ persisted }) => persisted && this.view());
  }

  /** Names a site of the page; its page view leaves soon. */
  init(id) {
    const site = String(id).trim();
    if (!/^\d{1,19}$/.test(site) || this.sites.has(site)) return;
    this.sites.add(site);
    this.due.add(site);
    this.timer ??= this.page.setTimeout(() => this.arrive(), INIT_MS);
    if (this.options.has("getHighEntropyValues")) hintsOf(this.page).then((hints) => (this.hints = hints));
  }

  /** Sends the first page view of all sites that were named since the last time, and what waited for them. */
  arrive() {
    this.timer = this.page.clearTimeout(this.timer);
    if (this.due.size) {
      const sites = [...this.due];
      this.due.clear();
      this.href ??= pageHref(this.page.location);
      this.automatic(() => (this.landing ??= this.shown()), sites);
    }
    this.release();
  }

  /** The address may be another one. */
  turned() {
    if (this.href !== undefined && this.href !== pageHref(this.page.location)) this.view();
  }

  /** One more page view of the document. */
  view() {
    this.href = pageHref(this.page.location);
    this.automatic(() => (this.landing = this.shown()));
  }

  automatic(fields, sites) {
    if (!this.options.has("pageview_disable")) this.hit("pageview", fields, sites);
  }

  /** What the page logs by itself. */
  log(href, title, type = "click") {
    const { location } = this.page;
    const logged = { href: hrefOf(type, href ?? pageHref(location), location), title };
    this.hit(type, () => (type === "pageview" ? { ...this.shown(), ...logged } : logged));
  }

  /** A goal by its number or its name, and what it is worth this time. */
  goal(goal, revenue) {
    this.hit("goal", { goal: { [/^\d+$/.test(goal) ? "id" : "name"]: goal, revenue } });
  }

  /** Sends a hit to all sites, or to `sites`. It waits while nobody sees the page, or no site is named. */
  hit(type, fields, sites) {
    if (this.page.document.prerendering || !this.sites.size) {
      if (this.held.length < HELD_MAX) this.held.push([type, fields, sites]);
      return;
    }
    const told = this.told(type, sites);
    if (!told.length) return; // and no cookie is made
    const said = { ...(typeof fields === "function" ? fields() : fields), ...this.common(type) };
    const isView = type === "pageview";
    for (const site of told) {
      const x = Math.random(); // so that no cache answers
      const query = queryOf({ site_id: site, type, ...said, jsuid: this.visitor.id, x });
      this.transport.send(query, isView && !this.isLeaving);
    }
    if (isView) this.pings.begin();
  }

  /** The sites that may hear of a hit. */
  told(type, sites = [...this.sites]) {
    const { page, options } = this;
    const isFramed = page.top !== page.self && !options.has("iframe", "track_iframe");
    if (isFramed || !mayTrack(page, options.consent)) return [];
    const isSlow = (site) => type !== "pageview" && page[`unpoco_${site}`]; // its server has asked for page views alone
    return sites.filter((site) => !hasOptedOut(this.cookies, site) && !isSlow(site));
  }

  /** Whose hosts are the site's own. */
  get domain() {
    const isKept = this.visitor.mayKeep && this.told("pageview").length;
    return this.options.of("cookie_domain") || (isKept && this.cookies.domain) || this.page.location.hostname;
  }

  /** What a page view says of the page. */
  shown() {
    const { document, location } = this.page;
    const { options } = this;
    return {
      href: hrefOf("pageview", this.once("href", options.of("href")) ?? pageHref(location), location),
      title: this.once("title", options.ofOrGiven("title", "page_title")) ?? document.title,
      ref: this.visitor.beginsVisit() ? externalReferrer(document.referrer, this.domain) : "",
      utm: campaignOf(location),
      goal: this.once("goal", options.ofOrGiven("goal", "goal")),
      split: this.once("split", options.of("split")),
    };
  }

  /** What stands in hits of a type beside what they say. */
  common(type) {
    const { screen, navigator } = this.page;
    const consent = this.options.consent ? 1 : undefined;
    if (type === "ping") return { consent };
    const data = this.visitor.data();
    const news = this.once("visitor", data);
    if (type !== "pageview") return { custom: news, consent };
    return {
      res: `${screen.width}x${screen.height}`,
      lang: navigator.language,
      tz: Intl.DateTimeFormat().resolvedOptions().timeZone,
      ck: this.visitor.mayKeep ? 1 : 0,
      ...this.hints,
      custom: data,
      consent,
    };
  }

  /** A value that was not sent on this page yet; undefined where it was: an option is meant for one page view. */
  once(key, value) {
    const text = JSON.stringify(value);
    if (this.said[key] === text) return undefined;
    this.said[key] = text;
    return value;
  }

  /** Sends what waited, if it need not wait any longer. */
  release() {
    for (const hit of this.held.splice(0)) this.hit(...hit);
  }
}
