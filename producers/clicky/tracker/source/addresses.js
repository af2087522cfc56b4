// What an address says: what a page is called, whose a host is, which campaign led here.

const SCHEME_AND_HOST = /^(?:[a-z][a-z\d+.-]*:)?\/\/([^/?#]*)(.*)$/i;
const ROUTE = /^#[!/]/; // "#/cart" and "#!cart" are pages of an application; "#top" is a place on a page
const CAMPAIGN = /[?#&](utm_\w+=[^&#]+)/g;

const withoutWww = (host) => host.toLowerCase().replace(/^(?:\.|www\.)/, "");

/** A page's own address: path and query, and the route where it stands behind a #. */
export const pageHref = ({ pathname, search, hash }) => pathname + search + (ROUTE.test(hash) ? hash : "");

/** Whether a host is the site's: its own, or one below `domain`. */
export function isOwn(host, domain) {
  const [asked, own] = [host, domain].map(withoutWww);
  return asked === own || asked.endsWith(`.${own}`);
}

function wholeOf(text, location) {
  try {
    return new URL(text, location.href).href;
  } catch {
    return text; // the server says what is wrong with it
  }
}

/** What a hit has as its href: own pages without scheme and host, foreign addresses whole, all others behind a "/". */
export function hrefOf(type, href, location) {
  const text = String(href);
  if (type === "outbound") return wholeOf(text, location);
  const [, host, rest] = SCHEME_AND_HOST.exec(text) ?? [];
  if (host !== undefined && type !== "pageview" && withoutWww(host) !== withoutWww(location.host)) return text;
  const path = host === undefined ? text : rest;
  return /^[/#]/.test(path) ? path : `/${path}`;
}

/** Where a visitor came from, if that is another site's page; else "". */
export function externalReferrer(referrer, domain) {
  const [, host] = /^https?:/i.test(referrer) ? SCHEME_AND_HOST.exec(referrer) : [];
  return host && !isOwn(host.replace(/:\d+$/, ""), domain) ? referrer : "";
}

/** "utm_source=news&utm_medium=mail": what stands in the query and behind the #, as it stands there. */
export const campaignOf = ({ search, hash }) => [...(search + hash).matchAll(CAMPAIGN)].map(([, pair]) => pair).join("&");
