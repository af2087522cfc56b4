// What a page's address and the page before it say: an event by the address, a campaign, a search, a visit.

const CAMPAIGN = { source: "Source", medium: "Medium", campaign: "Name", term: "Terms", content: "Content" };
// What stands before .com, .co.uk, and the parameter that has the terms. Portals that search have a host for it.
const ENGINES = {
  ...{ Google: ["google", "q"], Bing: ["bing", "q"], DuckDuckGo: ["duckduckgo", "q"], Ecosia: ["ecosia", "q"] },
  ...{ Yahoo: ["search.yahoo", "p"], Yandex: ["yandex", "text"], Baidu: ["baidu", "wd"], Naver: ["search.naver", "query"] },
  ...{ Brave: ["search.brave", "q"], Startpage: ["startpage", "query"], Ask: ["ask", "q"], AOL: ["search.aol", "q"] },
};
const HOST = /^(?:(?:www|m|[a-z]{2})\.)?(.+?)\.[a-z]{2,3}(?:\.[a-z]{2})?$/;

function urlOf(text) {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** The URL API: `kme` is an event, `kmi` an identity, `km_PLAN` a property. */
export function taggedOf(parameters) {
  const properties = Object.entries(parameters).filter(([name]) => /^km_./.test(name));
  return {
    event: parameters.kme,
    identity: parameters.kmi,
    properties: Object.fromEntries(properties.map(([name, value]) => [name.slice(3), value])),
  };
}

/** The properties of a campaign; undefined where none led here. */
export function campaignOf(parameters) {
  const said = Object.entries(CAMPAIGN).filter(([name]) => parameters[`utm_${name}`]);
  if (!said.length && !parameters.gclid) return undefined;
  return Object.fromEntries(said.map(([name, property]) => [`Campaign ${property}`, parameters[`utm_${name}`]]));
}

/** The properties of a search; most engines keep to themselves what was looked for. Undefined where there was none. */
export function searchOf(referrer) {
  const url = urlOf(referrer);
  const [, host] = HOST.exec(url?.hostname) ?? [];
  const engine = Object.entries(ENGINES).find(([, [known]]) => known === host);
  if (!engine) return undefined;
  const [name, [, parameter]] = engine;
  return { "Search Engine": name, "Search Terms": url.searchParams.get(parameter) };
}

/** How a page was reached, `{name, properties}` as an event; undefined where neither campaign nor search led here. */
export function hitOf(url, parameters, referrer) {
  const campaign = campaignOf(parameters);
  const search = searchOf(referrer);
  if (campaign) return { name: "Ad Campaign Hit", properties: { URL: url, ...campaign, ...search } };
  return search && { name: "Search Engine Hit", properties: search };
}

/** Whether somebody was here before: `kept` is what km_lv says, the second of his last visit, or "x" once that is known. */
export const isReturning = (kept, second) => kept === "x" || (kept !== "" && second - kept >= 30 * 60);
