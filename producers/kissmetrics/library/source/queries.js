// Properties as a query string has them, and back.

import { encoded } from "../../../web/browser/encoded.js";

const RESERVED = /^_[kpntd]$/; // a key, two identities or a name, a time and whether that is meant

const objectOf = (properties) => (properties && typeof properties === "object" ? properties : {});
const textOf = (value) => (Array.isArray(value) ? value.join(",") : value ?? "");
const isSent = ([name, value]) => name && textOf(value) !== "" && !/^(?:object|function)$/.test(typeof textOf(value));

/** `{"Plan Name": "Pro", sizes: [1, 2]}` is "Plan%20Name=Pro&sizes=1%2C2". What is empty, no text and no number is left out. */
export const queryOf = (properties) =>
  Object.entries(objectOf(properties))
    .filter(isSent)
    .map(([name, value]) => `${encoded(name)}=${encoded(textOf(value))}`)
    .join("&");

/** What an activity says: its own fields, then the page's properties; their time only where these mean it. */
export function fieldsOf(fields, properties, second) {
  const given = objectOf(properties);
  const time = Number(given._d) === 1 ? { _t: given._t, _d: 1 } : { _t: second, _d: 1 };
  const own = Object.entries(given).filter(([name]) => !RESERVED.test(name));
  return { ...fields, ...time, ...Object.fromEntries(own) };
}

/** An object of the parameters of a query; of those that come twice the last one. */
export const parametersOf = (search) => Object.fromEntries(new URLSearchParams(search));

/** The parts of an address, as pages take them apart to make one of their own. */
export function partsOf(address, page) {
  const { protocol, hostname, port, pathname, search, hash } = new URL(address, page);
  return {
    ...{ scheme: protocol.slice(0, -1), host: hostname, port, path: pathname },
    ...{ query: search.slice(1), anchor: hash.slice(1), params: parametersOf(search) },
  };
}
