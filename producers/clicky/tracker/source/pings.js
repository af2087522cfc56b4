// Pings say that a page is still open: 30 s and 60 s after its page view, then every two minutes.

const LAST_S = 485;
const [MINUTES_MIN, MINUTES_MAX] = [5, 240];

/** How long pings go on, in seconds; `timeout` are minutes that a page may ask for. */
export function lastPing(timeout) {
  const minutes = Number(timeout);
  return minutes > 0 ? Math.min(Math.max(minutes, MINUTES_MIN), MINUTES_MAX) * 60 : LAST_S;
}

/** When the ping behind the one at `second` is due; undefined where that was the last. */
export function nextPing(second, last) {
  const next = second + (second < 60 ? 30 : 120);
  return next <= last ? next : undefined;
}

export class Pings {
  constructor(page, options, send) {
    this.page = page;
    this.options = options;
    this.send = send;
  }

  /** From now on, in place of those that were begun before. */
  begin() {
    this.page.clearTimeout(this.timer);
    this.wait(0);
  }

  wait(second) {
    const next = nextPing(second, lastPing(this.options.of("timeout")));
    if (next === undefined) return;
    this.timer = this.page.setTimeout(() => {
      if (!this.options.has("ping_disable")) this.send();
      this.wait(next);
    }, (next - second) * 1000);
  }
}
