// How activity leaves: as an image, so that it is known whether it arrived; as a beacon, which outlives the page, where
// that may be left. What did not leave waits in a cookie for the next page. A second time it is the same second of the
// same person, so it counts once.

const UNSENT = "km_uq";
const UNSENT_S = 3600;
const UNSENT_MAX = 2048; // characters of the cookie, which goes to the page's own server, too
const QUERY_MAX = 4096; // what is longer is a form's body: proxies may allow a line of 8 KB
const IS_OURS = /^[esa]\?/;

const cookieLength = (urls) => encodeURIComponent(urls.join("|")).length;

export class Outbox {
  constructor(page, address, person) {
    this.page = page;
    this.address = address;
    this.person = person;
    this.flying = new Set();
    this.isLeaving = false;
  }

  /** Sends a query to "e", "s" or "a", and calls `done` when it has left; returns whether the page may be left at once. */
  send(path, query, done, mayLeave) {
    const isBeacon = (mayLeave || this.isLeaving || query.length > QUERY_MAX) && this.beacon(path, query);
    if (isBeacon) done();
    else this.load(`${path}?${query}`, done);
    return isBeacon;
  }

  load(url, done = () => {}) {
    const image = new this.page.Image(1, 1);
    image.onload = () => {
      this.flying.delete(url);
      done();
    };
    image.onerror = () => {
      if (this.flying.delete(url)) this.keep([url]);
      done(); // pages go on in it
    };
    this.flying.add(url);
    image.src = this.address + url;
  }

  beacon(path, query) {
    const { navigator } = this.page;
    return navigator.onLine !== false && Boolean(navigator.sendBeacon?.(this.address + path, new URLSearchParams(query)));
  }

  /** What is on its way might not get there any more. */
  leave() {
    this.isLeaving = true;
    const flying = [...this.flying];
    this.flying.clear();
    this.keep(flying.filter((url) => !this.beacon(url[0], url.slice(2))));
  }

  /** The page is here, or here again. */
  stay() {
    this.isLeaving = false;
  }

  /** Sends what former pages could not. */
  resend() {
    const urls = this.unsent();
    if (!urls.length) return;
    this.person.keep(UNSENT, "", 0);
    for (const url of urls) this.load(url);
  }

  unsent() {
    return this.person.read(UNSENT).split("|").filter((url) => IS_OURS.test(url));
  }

  keep(more) {
    if (!more.length) return;
    const urls = [...this.unsent(), ...more];
    while (cookieLength(urls) > UNSENT_MAX) urls.shift();
    this.person.keep(UNSENT, urls.join("|"), UNSENT_S);
  }
}
