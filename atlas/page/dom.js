// Elements from data. Text only ever enters as text: there is no path from data to markup here.

const SVG = "http://www.w3.org/2000/svg";

/** Makes an HTML element; attributes by name, `on…` as listeners, false and null left out. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Makes an SVG element in the same way. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Makes a link that opens beside the page; an address that is not of the web stays text. */
export function link(address, text) {
  if (!/^https?:\/\//i.test(address ?? "")) return h("span", {}, text);
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, text);
}

/** Sets text only where it differs, so that unchanged controls are not announced again. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Makes a list of term and description pairs; pairs without a description are left out.
    A description is text or an element. */
export function terms(pairs) {
  const rows = pairs.filter(([, description]) => description !== null && description !== "");
  return h("dl", { class: "terms" }, ...rows.map(([term, description]) =>
    h("div", {}, h("dt", {}, term),
      h("dd", { class: String(description.textContent ?? description).length > 80 ? "long" : null }, description))));
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}
