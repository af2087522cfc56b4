// Tests: which of some variations somebody sees, the same one each time.

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** A number from 0 to 1 that follows from a text: FNV-1a, with its lower bits mixed into the upper ones. */
function shareOf(text) {
  let hash = FNV_OFFSET;
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}

/**
 * One of `variations`, an array, or an object that says how many are to see each. It follows from who sees it and from
 * the test's name, so that two tests have nothing to do with each other.
 */
export function variationOf(test, variations, viewer) {
  const weighted = Array.isArray(variations) ? variations.map((each) => [each, 1]) : Object.entries(Object(variations));
  const weights = weighted.map(([, weight]) => Math.max(Number(weight), 0) || 0);
  let rest = shareOf(`${viewer} ${test}`) * weights.reduce((sum, weight) => sum + weight, 0);
  const chosen = weights.findIndex((weight) => (rest -= weight) < 0);
  return weighted[Math.max(chosen, 0)]?.[0] ?? null;
}
