// A value in a query string.

export const LENGTH_MAX = 2048; // what is longer is cut, so that a request always fits into its line

/** A value as it stands in a query. Half of a surrogate pair, which is no character, would be an error there. */
export const encoded = (value) => encodeURIComponent(String(value).slice(0, LENGTH_MAX).replace(/\p{Cs}/gu, "\ufffd"));
