// Elements. Everything from outside becomes text, never markup.

/** The children that there are: null, undefined and false stand for none. */
export function parts(children) {
  return children.flat(Infinity).filter((child) => ![null, undefined, false].includes(child));
}

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...parts(children));
  return element;
}

/** An element; `on…` are listeners, `class` and the like attributes, children elements or text. */
export function h(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same for a drawing. */
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

/**
 * Sets an element's text. What is the same stays, and with it a reader's selection; what only grows is added
 * to.
 */
export function setText(element, text) {
  const node = element.firstChild;
  if (!node) { if (text !== "") element.append(text); return; }
  if (node.data === text) return;
  if (text.startsWith(node.data)) node.appendData(text.slice(node.data.length));
  else node.data = text;
}

export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

export function setShown(element, isShown) {
  if (element.hidden === Boolean(isShown)) element.hidden = !isShown;
}

/** A button that is a small deed beside the main ones. */
export function quietButton(word, onclick, attributes = {}) {
  return h("button", { type: "button", class: "quiet", onclick, ...attributes }, word);
}

/** Puts a text on the clipboard, and says so on the button for a moment. */
export function copyButton(textOf, name, word = "Copy") {
  const button = quietButton(word, async () => {
    try {
      await navigator.clipboard.writeText(textOf());
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed";
    }
    setTimeout(() => { button.textContent = word; }, 1500);
  }, { class: "quiet small", "aria-label": `Copy ${name}` });
  return button;
}

/**
 * The children of an element, one for each item of a list. An item's element stays the same element as long
 * as the item's key is in the list. `make` gives for an item `{ element, update }`; `update` is called with
 * the item each time.
 */
export class Keyed {
  constructor(parent, make) {
    Object.assign(this, { parent, make });
    this.children = new Map();
  }

  get(key) { return this.children.get(key); }

  update(items, keyOf = (item) => item.id) {
    const keys = new Set(items.map(keyOf));
    for (const [key, child] of this.children) {
      if (keys.has(key)) continue;
      child.element.remove();
      this.children.delete(key);
    }
    let place = this.parent.firstElementChild;
    for (const item of items) {
      const child = this.put(keyOf(item), item, place);
      place = child.element.nextElementSibling;
    }
  }

  /** Updates one child; a new one comes before `place`, or last. */
  put(key, item, place = null) {
    let child = this.children.get(key);
    if (!child) {
      child = this.make(item);
      this.children.set(key, child);
      this.parent.insertBefore(child.element, place);
    } else if (place && child.element !== place) {
      this.parent.insertBefore(child.element, place);
    }
    child.update(item);
    return child;
  }
}
