// How a hit leaves. Beacons outlive the page; a page view is a script, so that the server can answer with one.

export class Transport {
  constructor(page, address, nonce) {
    this.page = page;
    this.address = address;
    this.nonce = nonce;
  }

  /** Sends a query. A script is not waited for when the page is left. */
  send(query, asScript) {
    const url = `${this.address}?${query}`;
    if (asScript) this.load(`${url}&mime=js`);
    else if (!this.page.navigator.sendBeacon?.(url)) new this.page.Image().src = url;
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
