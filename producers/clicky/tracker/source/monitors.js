// What a page is watched for. Listeners are on the document and hear before the page's own, which may stop an event.

import { pageHref } from "./addresses.js";
import { clickedOf, titleOf } from "./links.js";

const SETTLED_MS = 250; // an application sets its title behind the address
const POINTS_MAX = 10; // in one hit
const POINTS_MS = 5000;
const PLAYED = { play: "play", pause: "pause", ended: "end" };

const elementsOf = (event) => event.composedPath().filter((node) => node.nodeType === 1);

/** Links to elsewhere, files, and what is marked with a class. */
export function watchClicks(tracker) {
  const clicked = (event) => {
    const isLinks = event.type === "click" || event.button === 1; // the middle button opens a tab
    if (!isLinks || tracker.options.has("advanced_disable")) return;
    const found = clickedOf(elementsOf(event), tracker.domain, tracker.options);
    if (found) tracker.log(found.href, found.title, found.type);
  };
  for (const type of ["click", "auxclick"]) tracker.page.document.addEventListener(type, clicked, true);
}

/** Addresses that an application shows without loading a page. What is returned looks at once, if that is due. */
export function watchHistory(tracker) {
  const { page, options } = tracker;
  let timer;
  const look = () => {
    page.clearTimeout(timer);
    if (timer && !options.has("history_disable")) tracker.turned();
    timer = 0;
  };
  const changed = () => {
    page.clearTimeout(timer);
    timer = page.setTimeout(look, SETTLED_MS);
  };
  for (const method of ["pushState", "replaceState"]) {
    const original = page.history[method];
    page.history[method] = function (...state) {
      const returned = original.apply(this, state);
      changed();
      return returned;
    };
  }
  page.addEventListener("popstate", changed);
  return look;
}

/** Where a page is clicked on, some points in one hit. What is returned sends those that wait. */
export function watchPoints(tracker) {
  const { page, options } = tracker;
  let points = [];
  let timer;
  const flush = () => {
    page.clearTimeout(timer);
    if (points.length) tracker.hit("heatmap", { hm: "yes", heatmap: points });
    points = [];
  };
  const clicked = (event) => {
    const wanted = [options.of("heatmap_objects") ?? []].flat();
    const isWanted = (element) => wanted.some((selector) => element.matches(selector));
    if (!event.detail || options.has("heatmap_disable")) return; // a key that pressed a button is at no place
    if (wanted.length && !elementsOf(event).some(isWanted)) return;
    const { clientWidth } = page.document.documentElement;
    points.push([pageHref(page.location), Math.round(event.pageX), Math.round(event.pageY), clientWidth].join("|"));
    if (points.length === 1) timer = page.setTimeout(flush, POINTS_MS);
    if (points.length === POINTS_MAX) flush();
  };
  page.document.addEventListener("click", clicked, true);
  return flush;
}

/** Sound and video, where a page asks for that. */
export function watchMedia(tracker) {
  const { page, options } = tracker;
  const played = ({ type, target }) => {
    if (!options.has("html_media_track") || (type === "pause" && target.ended)) return;
    const video = { action: PLAYED[type], time: Math.round(target.currentTime) };
    const href = target.currentSrc || pageHref(page.location);
    tracker.hit("video", { href, title: titleOf(target) || page.document.title, video });
  };
  for (const type of Object.keys(PLAYED)) page.document.addEventListener(type, played, true);
}
