// What a page says in its own variables. They are read whenever they are needed, since pages set them before the
// tracker comes and after it. A tracker called NAME reads `NAME_custom` first, then the standard `clicky_custom`.

import { isOn } from "../../../web/browser/privacy.js";

export class Options {
  constructor(page, name) {
    this.page = page;
    this.name = name;
  }

  /** `given("page_title")` is the variable NAME_page_title, or clicky_page_title. */
  given(what) {
    return this.page[`${this.name}_${what}`] ?? this.page[`clicky_${what}`];
  }

  /** A member of the object `clicky_custom`; undefined where there is none. */
  of(key) {
    return this.given("custom")?.[key];
  }

  /** Whether a member is a switch that is on. */
  has(...keys) {
    return keys.some((key) => isOn(this.of(key)));
  }

  /** What one option says, or the variable that said it in older pages. */
  ofOrGiven(key, legacy) {
    return this.of(key) ?? this.given(legacy);
  }

  /** True, false, or undefined where the page has not asked its visitor. */
  get consent() {
    const said = this.of("visitor_consent");
    return said == null ? undefined : isOn(said);
  }

  /** What the page knows of its visitor, by key. */
  get visitor() {
    return this.of("visitor") ?? this.ofOrGiven("session", "custom_session");
  }
}
