// A hit as a query string. Nested values have brackets, as PHP reads them: custom[user]=billy, heatmap[]=/|1|2|900

import { encoded } from "../../../web/browser/encoded.js";

const DEPTH_MAX = 3; // custom[a][b] is deep enough, and an object that holds itself has an end

const isSent = (value) => value != null && value !== "" && typeof value !== "function";

/** `[["a", 1], ["b", {c: [2]}]]` is "a=1&b[c][]=2". What is empty is left out. */
export function queryOf(fields) {
  const pairs = [];
  const add = (key, value, depth) => {
    if (!isSent(value)) return;
    if (typeof value !== "object") pairs.push(`${key}=${encoded(value)}`);
    else if (depth < DEPTH_MAX) {
      for (const [name, member] of Object.entries(value)) {
        add(Array.isArray(value) ? `${key}[]` : `${key}[${encoded(name)}]`, member, depth + 1);
      }
    }
  };
  for (const [key, value] of Object.entries(fields)) add(key, value, 0);
  return pairs.join("&");
}
