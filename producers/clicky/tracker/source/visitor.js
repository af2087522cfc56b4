// Who visits: a number in a cookie, whether this is a new visit, and what the page said of its visitor before.

const ID = "_jsuid";
const VISIT = "_first_pageview";
const DATA = "_custom_data";
const ID_S = 365 * 86400; // from when it was made: it is never prolonged
const VISIT_S = 30 * 60; // a visit ends when nothing was seen for so long
const DATA_S = 90 * 86400;

/** Whether a visitor has opted out of one site. */
export const hasOptedOut = (cookies, site) => Boolean(cookies.read(`_no_tracky_${site}`) || cookies.read(`no_trackyy_${site}`));

/** Ten digits, none of them a leading zero. */
export function newId(random) {
  const [high, low] = random.getRandomValues(new Uint32Array(2));
  return String(1e9 + ((high % 90000) * 1e5 + (low % 1e5)));
}

export class Visitor {
  constructor(page, options, cookies) {
    this.page = page;
    this.options = options;
    this.cookies = cookies;
    this.isNew = true;
  }

  /** Whether this browser may be given cookies. */
  get mayKeep() {
    return this.options.consent !== false && !this.options.has("cookies_disable", "no_cookies");
  }

  /** The visitor's number, made where there is none yet; "" where none can be kept. */
  get id() {
    if (!this.mayKeep) return "";
    const known = this.cookies.read(ID);
    if (/^\d{1,19}$/.test(known)) return known;
    const made = newId(this.page.crypto);
    return this.cookies.write(ID, made, ID_S) ? made : "";
  }

  /** Whether a page view begins a visit; where nothing can be kept, whether it is the first of its document. */
  beginsVisit() {
    const begins = this.isNew && !(this.mayKeep && this.cookies.read(VISIT));
    this.isNew = false;
    if (this.mayKeep) this.cookies.write(VISIT, "1", VISIT_S);
    return begins;
  }

  /** What the page says of its visitor, and those keys of it that it wants to be kept. */
  data() {
    const given = this.options.visitor;
    const said = given && typeof given === "object" ? given : {};
    const keys = [this.options.of("visitor_keys_cookie") ?? []].flat();
    if (!keys.length || !this.mayKeep || this.options.has("sticky_data_disable")) return said;
    const named = (data) => Object.fromEntries(Object.entries(data).filter(([key]) => keys.includes(key)));
    const kept = named(this.kept());
    const news = named(said);
    if (Object.keys(news).length) this.cookies.write(DATA, JSON.stringify({ ...kept, ...news }), DATA_S);
    return { ...kept, ...said };
  }

  kept() {
    try {
      return Object(JSON.parse(this.cookies.read(DATA)));
    } catch {
      return {}; // there is none, or it is somebody else's
    }
  }
}

/** What the browser says of its platform and device when it is asked for more than it always says. */
export async function hintsOf({ navigator }) {
  const { platform, platformVersion, model } = (await navigator.userAgentData?.getHighEntropyValues(["platformVersion", "model"])) ?? {};
  return { hep: platform && `${platform} ${platformVersion}`, hem: model };
}
