// How a hit leaves. Beacons outlive the page; a page view is a script, so that the server can answer with one.

export class Transport {
  constructor(page, address, nonce) {
    this.page = page;
    this.address = address;
    this.nonce = nonce;
  }

  /** Sends a query; by beacon too where the page's policy lets nobody name a script's address. */
  send(query, asScript) {
    const url = `${this.address}?${query}`;
    try {
      if (asScript) return this.load(`${url}&mime=js`);
    } catch {}
    if (!this.page.navigator.sendBeacon?.(url)) new this.page.Image().src = url;
  }

  load(url) {
    const { document } = this.page;
    const script = document.createElement("script");
    script.onload = script.onerror = () => script.remove();
    if (this.nonce) script.nonce = this.nonce;
    script.async = true;
    script.src = url;
    (document.head ?? document.documentElement).append(script);
  }
}
