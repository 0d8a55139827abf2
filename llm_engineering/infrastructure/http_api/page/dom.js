// Small helpers. Text only ever becomes text nodes: there is no way from here to markup.

/** @returns the element of an id. */
export const byId = (id) => document.getElementById(id);

/** @returns a new element with properties and children; a child that is a string becomes text. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") made.className = value;
    else if (name.startsWith("aria-")) made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** @returns an address if a browser may open it from here: http or https; else null. */
export function webAddress(text) {
  try {
    const url = new URL(text);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

/** @returns a link that tells the other side nothing, or plain text where the address is no web address. */
export function safeLink(address, text) {
  const href = webAddress(address);
  return href === null ? text : element("a", { href, rel: "noopener noreferrer", target: "_blank" }, text);
}

/** @returns a day as people write it, or nothing. */
export function day(iso) {
  const moment = iso ? new Date(iso) : null;
  return moment && !Number.isNaN(moment.valueOf())
    ? moment.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" })
    : "";
}

/** @returns the parts that are there, with a dot between them. */
export const joined = (...parts) => parts.filter(Boolean).join(" · ");
