// Where to look: the values that the index has.

import { byId, element } from "/page/dom.js";
import { asked } from "/page/service.js";

const FIELDS = ["author", "category", "platform", "since", "until"];
const KINDS = { articles: "Articles", posts: "Posts", repositories: "Code" };

/** Offer what the index can be filtered by, and say what it holds. */
export async function loadFilters() {
  const facets = await (await asked("/facets")).json();
  offer("author", facets.authors);
  offer("category", facets.categories, (value) => KINDS[value] ?? value);
  offer("platform", facets.platforms);
  byId("index-line").textContent = described(facets);
}

function offer(id, values, name = (value) => value) {
  const select = byId(id);
  const options = values.map(({ value, passages }) =>
    element("option", { value }, `${name(value)} (${passages.toLocaleString("en")})`));
  select.replaceChildren(select.options[0], ...options);
}

function described({ authors, categories, platforms }) {
  const passages = categories.reduce((sum, each) => sum + each.passages, 0);
  if (!passages) return "Nothing has been indexed yet: “make demo” does.";
  const count = `${passages.toLocaleString("en")} ${passages === 1 ? "passage" : "passages"}`;
  return `${count} by ${listed(authors)}, from ${listed(platforms)}.`;
}

function listed(values) {
  const shown = values.slice(0, 2).map((each) => each.value);
  const more = values.length - shown.length;
  if (more > 0) shown.push(`${more} more`);
  return new Intl.ListFormat("en").format(shown) || "nobody";
}

/** @returns the part of a question that says where to look. */
export function chosenFilters() {
  const chosen = {};
  for (const id of FIELDS) if (byId(id).value) chosen[id] = byId(id).value;
  const limit = byId("limit").valueAsNumber;
  if (Number.isInteger(limit)) chosen.limit = limit;
  return chosen;
}

function summarise() {
  const { limit, ...chosen } = chosenFilters();
  const parts = Object.entries(chosen).map(([id, value]) =>
    id === "since" ? `from ${value}` : id === "until" ? `to ${value}` : id === "category" ? KINDS[value] ?? value : value);
  byId("filters-summary").textContent = parts.length ? `Only ${parts.join(", ")}` : "Everything that is indexed";
}

byId("filters").addEventListener("change", summarise);
byId("filters-reset").addEventListener("click", () => {
  for (const id of FIELDS) byId(id).value = "";
  byId("limit").value = "5";
  summarise();
});
