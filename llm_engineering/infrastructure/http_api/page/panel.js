// The source of a citation, beside the answer on wide screens and over it on narrow ones.

import { byId, day, element, joined, safeLink } from "/page/dom.js";

const panel = byId("panel");
const FOCUSABLE = "a[href], button:not(:disabled), [tabindex='0']";
let entries = [];
let current = 0;
let opener = null;

/** Say which places can be opened: each has `number`, `citation` (or null) and `passage` (or null). */
export function setEntries(all) {
  entries = all;
  close({ focus: false });
}

/** Open a place by its position; focus goes into the panel, and back to `from` when it closes. */
export function openEntry(position, from) {
  if (!entries[position]) return;
  opener?.setAttribute("aria-expanded", "false");
  current = position;
  opener = from ?? opener;
  opener?.setAttribute("aria-expanded", "true");
  show(entries[position]);
  panel.hidden = false;
  byId("layout").classList.add("with-panel");
  byId("panel-title").focus({ preventScroll: true });
  panel.querySelector("mark")?.scrollIntoView({ block: "nearest" });
}

export function isOpen() {
  return !panel.hidden;
}

export function close({ focus = true } = {}) {
  panel.hidden = true;
  byId("layout").classList.remove("with-panel");
  opener?.setAttribute("aria-expanded", "false");
  if (focus) opener?.focus();
  opener = null;
}

function show({ number, citation, passage }) {
  const about = passage?.chunk.provenance;
  const title = citation?.title ?? about?.title ?? "";
  const path = citation?.heading_path ?? passage?.chunk.heading_path ?? [];
  byId("panel-number").textContent = number === null ? "Found, but not given to the answer" : `Source ${number}`;
  byId("panel-title").textContent = title;
  byId("panel-place").textContent = path.join(" › ");
  byId("panel-meta").textContent = joined(
    citation?.author ?? about?.author_full_name,
    citation?.platform ?? about?.platform,
    day(citation?.published_at ?? about?.published_at),
    lines(citation),
  );
  showText(citation, passage);
  byId("panel-link").replaceChildren(safeLink(citation?.url ?? about?.link ?? "", "Open the original"));
  const elsewhere = (citation?.also_at ?? passage?.chunk.also_at ?? []).map((other) =>
    element("li", {}, "also in ", safeLink(other.link, other.title)));
  byId("panel-elsewhere").replaceChildren(...elsewhere);
  byId("panel-before").disabled = current === 0;
  byId("panel-after").disabled = current === entries.length - 1;
}

function lines(citation) {
  if (!citation?.lines) return "";
  const { first, last } = citation.lines;
  return first === last ? `line ${first}` : `lines ${first} to ${last}`;
}

function showText(citation, passage) {
  const target = byId("panel-text");
  const text = passage?.chunk.text ?? citation?.quote ?? "";
  target.classList.toggle("code", (citation?.category ?? passage?.chunk.provenance.category) === "repositories");
  const [start, end] = quoted(text, citation, passage);
  target.replaceChildren(
    text.slice(0, start), ...(end > start ? [element("mark", {}, text.slice(start, end))] : []), text.slice(end));
}

/** @returns where the quote stands in the passage, in units of JavaScript; the service counts code points. */
function quoted(text, citation, passage) {
  if (!citation) return [0, 0];
  const offset = passage ? citation.span.start - passage.chunk.span.start : 0;
  const start = Array.from(text).slice(0, Math.max(0, offset)).join("").length;
  if (text.startsWith(citation.quote, start)) return [start, start + citation.quote.length];
  const found = text.indexOf(citation.quote);
  return found < 0 ? [0, 0] : [found, found + citation.quote.length];
}

function turn(step) {
  openEntry(current + step);
}

function keepFocus(event) {
  if (event.key !== "Tab") return;
  const stops = [...panel.querySelectorAll(FOCUSABLE)];
  const [first, last] = [stops[0], stops.at(-1)];
  const active = document.activeElement;
  if (event.shiftKey && (active === first || !stops.includes(active))) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && active === last) {
    event.preventDefault();
    first.focus();
  }
}

byId("panel-close").addEventListener("click", () => close());
byId("panel-before").addEventListener("click", () => turn(-1));
byId("panel-after").addEventListener("click", () => turn(1));
panel.addEventListener("keydown", keepFocus);
byId("layout").addEventListener("click", (event) => { if (event.target === event.currentTarget && isOpen()) close(); });
