// Cookies of the page's site. A frame may have none: then nothing is read, and nothing is kept.

const PROBE = "_jsprobe";

export class Cookies {
  /** `saidDomain` tells which domain the page wants them for, if it wants one. */
  constructor(document, location, saidDomain) {
    this.document = document;
    this.location = location;
    this.saidDomain = saidDomain;
    this.widest = undefined; // not looked for yet
  }

  /** The value of a cookie; "" where there is none. */
  read(name) {
    const found = this.all().find((pair) => pair.startsWith(`${name}=`));
    try {
      return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
    } catch {
      return ""; // another program's, with a % of its own
    }
  }

  /** Keeps a value for some seconds, on all hosts of `domain`; returns whether the browser did. */
  write(name, value, seconds) {
    return this.put(name, encodeURIComponent(value), seconds, this.domain) && this.read(name) === value;
  }

  /**
   * The widest domain that the browser takes cookies for, found once: it knows which are shared, as co.uk is. "" where
   * cookies are the host's alone.
   */
  get domain() {
    return this.saidDomain() || (this.widest ??= this.foundDomain());
  }

  foundDomain() {
    const { hostname } = this.location;
    const labels = /^[\d.]+$|:/.test(hostname) ? [] : hostname.split(".");
    for (let length = 2; length <= labels.length; length++) {
      const domain = labels.slice(-length).join(".");
      this.put(PROBE, "1", 9, domain);
      const isTaken = this.read(PROBE) !== "";
      this.put(PROBE, "", 0, domain);
      if (isTaken) return domain;
    }
    return "";
  }

  put(name, text, seconds, domain) {
    const parts = [`${name}=${text}`, "path=/", `max-age=${seconds}`, "samesite=lax"];
    if (domain) parts.push(`domain=${domain}`);
    if (this.location.protocol === "https:") parts.push("secure");
    try {
      this.document.cookie = parts.join("; ");
      return true;
    } catch {
      return false;
    }
  }

  all() {
    try {
      return this.document.cookie.split("; ");
    } catch {
      return [];
    }
  }
}
