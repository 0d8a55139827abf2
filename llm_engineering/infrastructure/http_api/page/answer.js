// One answer: what comes over the wire, and how it looks.

import { byId, day, element, joined } from "/page/dom.js";
import { askForFeedback } from "/page/feedback.js";
import { showMarkdown } from "/page/markdown.js";
import { openEntry, setEntries } from "/page/panel.js";
import { showPassages } from "/page/why.js";

const KINDS = {
  written: ["Written by a language model", "from the passages below, in its own words. Check what matters at its source."],
  quoted: ["Quoted", "word for word, from the sources below."],
  unknown: ["Not known", "the index says too little about this, so nothing is claimed."],
};
const PARTS = ["told", "explained", "sources", "feedback", "why"];

/** Shows one answer as it comes. */
export class ShownAnswer {
  constructor(question) {
    this.passages = [];
    this.text = "";
    this.isDrawn = true;
    this.isDone = false;
    for (const id of PARTS) byId(id).hidden = true;
    byId("why").open = false;
    byId("error").textContent = "";
    byId("asked").textContent = question;
    byId("answer").hidden = false;
    byId("answer").classList.add("working");
    byId("text").setAttribute("aria-busy", "true");
    byId("text").replaceChildren();
    setEntries([]);
    this.say("Looking for passages …");
  }

  say(text) {
    byId("status").textContent = text;
  }

  /** Take the next event. */
  take({ name, data }) {
    if (name === "passages") this.found(data.passages);
    else if (name === "text") this.write(this.text + data.text);
    else if (name === "replaced") this.replace(data.note);
    else if (name === "answer") this.finish(data.answer);
    else if (name === "error") this.fail(data.error.message);
  }

  found(passages) {
    this.passages = passages;
    this.arrange([]);
    const count = passages.length;
    this.say(count ? `${count} ${count === 1 ? "passage" : "passages"} found, answering …` : "Nothing found …");
  }

  arrange(citations) {
    const cited = new Map(citations.map((citation) => [citation.number, citation]));
    const entries = this.passages.map((passage) => ({
      number: passage.number, passage, citation: cited.get(passage.number) ?? null }));
    const known = new Set(this.passages.map((passage) => passage.number));
    for (const citation of citations) {
      if (!known.has(citation.number)) entries.push({ number: citation.number, passage: null, citation });
    }
    this.entries = entries;
    setEntries(entries);
  }

  write(text) {
    this.text = text;
    if (!this.isDrawn) return;
    this.isDrawn = false;
    requestAnimationFrame(() => {
      this.isDrawn = true;
      if (!this.isDone) this.draw([]);
    });
  }

  draw(unsupported) {
    showMarkdown(byId("text"), this.text, unsupported, (number) => this.mark(number));
  }

  /** @returns the button for a mark in the text, or null if nothing has its number. */
  mark(number) {
    const position = this.entries?.findIndex((entry) => entry.number === number) ?? -1;
    return position < 0 ? null : this.opening(position, "cite", `${number}`, `Source ${number}`);
  }

  opening(position, kind, text, name) {
    const button = element("button", { type: "button", class: kind, "aria-expanded": "false", "aria-controls": "panel" });
    if (name) button.setAttribute("aria-label", name);
    button.append(...[text].flat());
    button.addEventListener("click", () => openEntry(position, button));
    return button;
  }

  replace(note) {
    this.write("");
    byId("told").replaceChildren(element("p", {}, note));
    byId("told").hidden = false;
  }

  finish(answer) {
    this.isDone = true;
    this.text = answer.text;
    this.arrange(answer.citations);
    const unsupported = answer.statements.filter((each) => !each.is_supported).map((each) => each.text);
    this.draw(unsupported);
    byId("explained").hidden = unsupported.length === 0;
    this.tell(answer);
    this.list(answer.citations);
    showPassages(this.entries);
    byId("why").hidden = false;
    byId("trace").textContent = joined(
      `Trace ${answer.trace_id}`, `${answer.model.provider}: ${answer.model.name}`,
      answer.prompt ? `prompt ${answer.prompt.name} ${answer.prompt.version}` : "",
      answer.cost === null ? "" : `cost ${answer.cost.toFixed(4)}`);
    askForFeedback(answer.trace_id);
    const count = answer.citations.length;
    this.end(`Answered in ${answer.seconds.toFixed(1)} s, ${count} ${count === 1 ? "source" : "sources"}.`);
  }

  tell(answer) {
    const [name, rest] = KINDS[answer.kind];
    const told = byId("told");
    told.className = `told ${answer.kind}`;
    told.replaceChildren(
      element("p", {}, element("strong", {}, name), `: ${rest}`),
      ...answer.notes.map((note) => element("p", {}, note)));
    told.hidden = false;
  }

  list(citations) {
    const items = citations.map((citation) => {
      const position = this.entries.findIndex((entry) => entry.number === citation.number);
      return element("li", {}, this.opening(position, "source", [
        element("span", { class: "number" }, `${citation.number}`),
        element("span", {},
          element("span", { class: "title" }, citation.title),
          element("span", { class: "meta" }, joined(
            citation.author, citation.platform, day(citation.published_at), citation.heading_path.at(-1)))),
      ]));
    });
    byId("source-list").replaceChildren(...items);
    byId("sources").hidden = items.length === 0;
  }

  fail(message) {
    byId("error").textContent = message;
    this.end("");
  }

  /** Say that nothing more comes. */
  end(status) {
    this.isDone = true;
    byId("answer").classList.remove("working");
    byId("text").setAttribute("aria-busy", "false");
    this.say(status);
  }
}
