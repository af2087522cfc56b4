// Who is in front of the browser: a name by chance until the page says who it is.

export const ANONYMOUS = "km_ai";
export const NAMED = "km_ni";
const YEAR_S = 365 * 86400;
const ID_BYTES = 20;

/** 28 characters by chance, as base64 has them. */
export const newId = (random) => btoa(String.fromCharCode(...random.getRandomValues(new Uint8Array(ID_BYTES))));

export class Person {
  constructor(random, cookies, mayKnow) {
    this.random = random;
    this.cookies = cookies;
    this.mayKnow = mayKnow;
    this.made = {};
    this.saidName = ""; // where no cookie can be kept, this page is told again what it said
  }

  /** A cookie's value; "" where there is none, or none may be read. */
  read(name) {
    return this.mayKnow() ? this.cookies.read(name) : "";
  }

  /** Keeps a value for some seconds, by default a year; returns whether the browser did. */
  keep(name, value, seconds = YEAR_S) {
    return this.mayKnow() && this.cookies.write(name, value, seconds);
  }

  /** What is kept under a name, made by chance where there is nothing yet. */
  kept(name) {
    const known = this.read(name);
    if (known) return known;
    const made = (this.made[name] ??= newId(this.random)); // the same for this document, whether it can be kept or not
    this.keep(name, made);
    return made;
  }

  get named() {
    return this.read(NAMED) || this.saidName;
  }

  get identity() {
    return this.named || this.kept(ANONYMOUS);
  }

  /** From now on it is `name`; returns who has turned out to be that person, "" where nobody has. */
  identify(name) {
    const before = this.named;
    const anonymous = this.read(ANONYMOUS) || this.made[ANONYMOUS] || "";
    // Of two names in one browser the second is somebody else: what was anonymous is the first one's for good.
    const passed = before && before !== name ? name : anonymous;
    if (passed) this.keep(ANONYMOUS, passed); // it ends when the name does, or another name would be taken for the same
    this.saidName = this.keep(NAMED, name) ? "" : name;
    return before || anonymous === name ? "" : anonymous;
  }

  /** Forgets a name, and who it was before; who has none stays as he is. */
  forget() {
    if (!this.named) return;
    for (const name of [NAMED, ANONYMOUS]) this.keep(name, "", 0);
    delete this.made[ANONYMOUS];
    this.saidName = "";
  }
}
