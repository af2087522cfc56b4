// Whether an address matches a pattern, as "/beta/*" or "/*/view?source=*".

const partsOf = (text) => {
  const rest = text.toLowerCase().replace(/^https?:\/\//, "").replace(/#.*/s, "");
  const [path, query] = (rest.includes("/") ? rest.slice(rest.indexOf("/")) : "/").split(/\?(.*)/s);
  return [path.replace(/\/$/, "").replace(/\/\*$/, "*"), new URLSearchParams(query)];
};

/**
 * Whose host it is plays no part, and neither do case, a / at the end and further parameters; a `*` is anything, and as
 * a parameter's value any but none.
 */
export function matches(pattern, url) {
  const [wanted, parameters] = partsOf(pattern);
  const [path, given] = partsOf(url);
  const expression = wanted.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*+/g, ".*");
  const has = ([name, value]) => (value === "*" ? given.get(name) : given.getAll(name).includes(value));
  return new RegExp(`^${expression}$`, "s").test(path) && [...parameters].every(has);
}
