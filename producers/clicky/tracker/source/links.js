// What a click on a page means: a link to elsewhere, a file, or what the page marked with a class.

import { isOwn } from "./addresses.js";

const FILE = new RegExp(
  `\\.(?:${
    "7z aac ai apk avi bin bz2 csv deb dmg docx? eps epub exe flac flv gz iso jar key m4[av] mkv mobi mov mp[34] mpe?g msix? " +
    "numbers od[pst] og[gv] pages pkg pdf pptx? psd rar rpm rtf tar tgz txt wav webm wm[av] xlsx? xz zip"
  })$`.replaceAll(" ", "|"),
  "i",
);
const MARKED = [
  ["download", ".clicky_log_download"],
  ["outbound", ".clicky_log_outbound"],
  ["click", ".clicky_log"],
];
const TITLE_MAX = 255;

/** Whether an address contains one of the patterns that a page has for its links to elsewhere, as "/out/". */
export const matches = (patterns, href) => [patterns ?? []].flat().some((pattern) => pattern && href.includes(pattern));

/** What a link is by its address: "download", "outbound", or undefined. `domain` is the site's. */
export function typeOf({ protocol, hostname, pathname, href }, domain, options) {
  if (!/^(?:https?|ftp|telnet):$/.test(protocol)) return undefined;
  if (FILE.test(pathname)) return "download";
  const isOutbound = !isOwn(hostname, domain) || matches(options.of("outbound_pattern"), href);
  return isOutbound && !options.has("outbound_disable") ? "outbound" : undefined;
}

/** What an element is called: never what somebody typed into it. */
export function titleOf(element) {
  const isButton = /^(?:button|submit|reset)$/.test(element.type ?? "");
  const named = (name) => element.getAttribute(name);
  const texts = [
    ...[named("title"), isButton && element.value, !element.isContentEditable && element.textContent, named("aria-label"), named("alt")],
    element.querySelector("img[alt]")?.alt,
  ];
  return (texts.find((text) => text && text.trim()) || "").trim().replace(/\s+/g, " ").slice(0, TITLE_MAX);
}

/** What a marked element leads to: a link's address, and the name of whatever else it is behind a "#". */
function targetOf(element, link) {
  const written = link?.getAttribute("href") ?? "#";
  if (!/^(?:#|javascript:)/i.test(written)) return link.href;
  return /^#./.test(written) ? written : `#${element.id || element.getAttribute("name") || ""}`;
}

/** What a click says, `{type, href, title}`; undefined where that is nothing. `path` are the elements, innermost first. */
export function clickedOf(path, domain, options) {
  const within = (selector) => path.find((element) => element.matches(selector));
  if (within(".clicky_ignore")) return undefined;
  const link = within("a[href], area[href]");
  for (const [type, selector] of MARKED) {
    const marked = within(selector);
    if (marked) return { type, href: targetOf(marked, link), title: titleOf(marked) };
  }
  const type = link && typeOf(link, domain, options);
  return type && { type, href: link.href, title: titleOf(link) };
}
