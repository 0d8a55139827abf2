// Why an answer is what it is: each passage with what speaks for it, and the picture of the dataflow.

import { byId, element, joined } from "/page/dom.js";
import { openEntry } from "/page/panel.js";
import { asked } from "/page/service.js";

let hasPicture = false;

/** Show the passages with their scores. */
export function showPassages(entries) {
  const passages = entries.map((entry) => entry.passage).filter(Boolean);
  const most = {
    words: Math.max(0, ...passages.map((each) => each.word_score ?? 0)),
    rerank: Math.max(0, ...passages.map((each) => Math.abs(each.rerank_score ?? 0))),
  };
  byId("passages").replaceChildren(
    ...entries.flatMap((entry, position) => (entry.passage ? [found(entry, position, most)] : [])));
}

function found({ number, passage }, position, most) {
  const { provenance, heading_path: path } = passage.chunk;
  const open = element("button", { type: "button", class: "open", "aria-expanded": "false" },
    number === null ? "" : `[${number}] `, joined(provenance.title, path.at(-1)));
  open.addEventListener("click", () => openEntry(position, open));
  const unused = number === null ? element("span", { class: "unused" }, "Found, but not given to the answer") : null;
  return element("div", { class: "found" }, open, unused, element("dl", { class: "bars" },
    ...bar("Together", passage.score, passage.score, "total"),
    ...bar("Meaning", passage.similarity, passage.similarity),
    ...bar("Words", passage.word_score, most.words ? passage.word_score / most.words : 0),
    ...(passage.rerank_score === null ? [] : bar("Second look", passage.rerank_score,
      most.rerank ? Math.max(0, passage.rerank_score) / most.rerank : 0))));
}

function bar(name, value, share, kind = "") {
  const filled = element("div", { class: `bar ${kind}` });
  filled.style.width = `${100 * Math.min(1, Math.max(0, value === null ? 0 : share))}%`;
  return [
    element("dt", {}, name),
    element("dd", {}, element("div", { class: "track", "aria-hidden": "true" }, filled),
      element("span", { class: "value" }, value === null ? "none" : value.toFixed(2))),
  ];
}

/** Fetch the picture once, when somebody wants to see it: as a file, in which no script runs. */
byId("why").addEventListener("toggle", async () => {
  if (!byId("why").open || hasPicture) return;
  hasPicture = true;
  try {
    const response = await asked("/graph.svg");
    byId("graph-picture").src = URL.createObjectURL(await response.blob());
    byId("graph").hidden = false;
  } catch {
    hasPicture = false; // it is tried again the next time
  }
});
