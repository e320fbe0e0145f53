/** Creates elements. Text is always text, never HTML. */

/**
 * @typedef {Node | string | number | null | undefined | false} Child
 */

/**
 * Returns a new element. Functions become listeners, strings become attributes, other values become properties.
 *
 * @param {string} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Child | Child[])} children
 * @returns {any}
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2).toLowerCase(), value);
    else if (name in element && typeof value !== "string") Reflect.set(element, name, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter(isShown).map(toContent));
  return element;
}

/** @param {Child} child @returns {child is Node | string | number} */
const isShown = (child) => child !== null && child !== undefined && child !== false;

/** @param {Node | string | number} child */
const toContent = (child) => (child instanceof Node ? child : String(child));

/** @param {string} id @returns {any} */
export const byId = (id) => document.getElementById(id);

/**
 * Shows a message at the foot of the page for some seconds. Screen readers read it too.
 *
 * @param {string} text
 * @param {boolean} [failed]
 */
export function say(text, failed = false) {
  const line = byId("said");
  line.textContent = text;
  line.className = failed ? "failed" : "";
  clearTimeout(sayTimer);
  sayTimer = setTimeout(() => (line.textContent = ""), failed ? 8000 : 3000);
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let sayTimer;

/**
 * Returns a button that copies a text.
 *
 * @param {string} text
 * @returns {HTMLElement}
 */
export const copier = (text) => el("button", {class: "quiet", type: "button", onclick: () => copy(text)}, "Copy");

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say("Copied.");
  } catch {
    say("The browser does not allow this page to copy.", true);
  }
}
