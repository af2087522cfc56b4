// A hit as a query string. Nested values have brackets, as PHP reads them: custom[user]=billy, heatmap[]=/|1|2|900

export const LENGTH_MAX = 2048; // of one value; what is longer is cut, so that a hit always fits into a request line
const DEPTH_MAX = 3; // custom[a][b] is deep enough, and an object that holds itself has an end

/** A value as it stands in a query. Half of a surrogate pair, which is no character, would be an error there. */
export const encoded = (value) => encodeURIComponent(String(value).slice(0, LENGTH_MAX).replace(/\p{Cs}/gu, "\ufffd"));

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
