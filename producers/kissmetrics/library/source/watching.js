// Elements and forms that the page wants to know of. One listener on the document hears of all, also of those that come
// later; it hears before the page's own, which may stop an event.

const WAIT_MS = 250;

/** An element itself, ".class", "id" or "#id". */
export function isIt(target) {
  if (typeof target !== "string") return (element) => element === target;
  if (target.startsWith(".")) return (element) => element.classList.contains(target.slice(1));
  return (element) => element.id === target.replace(/^#/, "");
}

const elementsOf = (event) => event.composedPath().filter((node) => node.nodeType === 1);
const opensHere = (link, event) => !link.target && !(event.shiftKey || event.altKey || event.ctrlKey || event.metaKey || event.button);

export class Watching {
  constructor(page) {
    this.page = page;
    this.wanted = [];
    for (const type of ["click", "auxclick", "submit"]) page.document.addEventListener(type, (event) => this.noticed(event), true);
  }

  /** From now on `call` hears of each event of a type on a target. */
  want(type, target, call) {
    this.wanted.push([type, isIt(target), call]);
  }

  noticed(event) {
    if (event.type === "auxclick" && event.button !== 1) return; // the middle button opens a tab, the right one a menu
    const type = event.type === "submit" ? "submit" : "click";
    const elements = type === "submit" ? [event.target] : elementsOf(event);
    for (const [wanted, is, call] of this.wanted) {
      const found = wanted === type && elements.find(is);
      if (found) call(found, event);
    }
  }

  /** Keeps a click on a link from leaving the page before what was sent has left. */
  delay(event) {
    const link = elementsOf(event).find((element) => element.href);
    if (!link || !opensHere(link, event)) return;
    event.preventDefault();
    this.page.setTimeout(() => {
      this.page.location.href = link.href;
    }, WAIT_MS);
  }
}
