// Shows the little Markdown that answers have: paragraphs, headings, lists, quotes, code, emphasis, links, and marks
// like [1]. Everything else is shown as it is written. Nothing here makes markup from text.

import { element, safeLink } from "/page/dom.js";

const OPEN = "\uE000"; // where a sentence without support begins, and where it ends; taken out of the text before
const CLOSE = "\uE001";
const JOINER = "\u2060"; // no line is broken at it
const MARKERS = /^(?:\s*(?:[-*+]|\d{1,3}[.)]|#{1,6}|>)\s+)+/;
const INLINE = new RegExp(
  "(`+)(.+?)\\1(?!`)|\\*\\*(?=\\S)(.+?)\\*\\*|(?<![\\w*])[*_](?=\\S)([^*_]+?)[*_](?!\\w)|" +
    "\\[([^\\]\\n]+)\\]\\(([^()\\s]+)\\)|\\[(\\d{1,3}(?:\\s*,\\s*\\d{1,3})*)\\]", "s");

/**
 * Put an answer into an element.
 * @param target the element, which is emptied
 * @param text the answer
 * @param unsupported sentences of it that its sources do not support
 * @param cite makes what stands for a mark, from its number; null leaves the mark as text
 */
export function showMarkdown(target, text, unsupported, cite) {
  let marked = text.replaceAll(OPEN, "").replaceAll(CLOSE, "").replaceAll("\r\n", "\n");
  let from = 0;
  for (const sentence of unsupported) {
    const at = marked.indexOf(sentence, from);
    if (at < 0 || !sentence.trim()) continue;
    const skipped = (MARKERS.exec(sentence) ?? [""])[0].length;
    marked = marked.slice(0, at + skipped) + OPEN + sentence.slice(skipped) + CLOSE + marked.slice(at + sentence.length);
    from = at + sentence.length + 2;
  }
  target.replaceChildren(...blocks(marked, cite));
}

function blocks(text, cite) {
  const lines = text.split("\n");
  const made = [];
  while (lines.length) {
    const line = lines.shift();
    if (!line.trim()) continue;
    const fence = /^\s*(`{3,}|~{3,})/.exec(line);
    if (fence) made.push(codeBlock(lines, fence[1]));
    else if (/^#{1,6}\s/.test(line)) made.push(filled("h4", line.replace(/^#+\s+/, ""), cite));
    else if (/^\s*>/.test(line)) made.push(quote(line, lines, cite));
    else if (listItem(line)) made.push(list(line, lines, cite));
    else made.push(filled("p", [line, ...taken(lines, (next) => next.trim() && !startsBlock(next))].join("\n"), cite));
  }
  return made;
}

const listItem = (line) => /^\s*(?:([-*+])|(\d{1,3})[.)])\s+(.*)$/s.exec(line);
const startsBlock = (line) => /^\s*(`{3,}|~{3,}|>)|^#{1,6}\s/.test(line) || listItem(line) !== null;

function taken(lines, wanted) {
  const found = [];
  while (lines.length && wanted(lines[0])) found.push(lines.shift());
  return found;
}

function codeBlock(lines, fence) {
  const code = taken(lines, (line) => !line.trim().startsWith(fence));
  lines.shift();
  return element("pre", { tabIndex: 0 }, element("code", {}, clean(code.join("\n"))));
}

function quote(first, lines, cite) {
  const rows = [first, ...taken(lines, (line) => /^\s*>/.test(line))];
  return filled("blockquote", rows.map((row) => row.replace(/^\s*>\s?/, "")).join("\n"), cite);
}

function list(first, lines, cite) {
  const [, bullet, number] = listItem(first);
  const made = element(bullet ? "ul" : "ol");
  if (number && number !== "1") made.start = Number(number);
  const same = (line) => { const item = listItem(line); return item && Boolean(item[1]) === Boolean(bullet); };
  for (const row of [first, ...taken(lines, same)]) made.append(filled("li", listItem(row)[3], cite));
  return made;
}

const clean = (text) => text.replaceAll(OPEN, "").replaceAll(CLOSE, "");

function filled(tag, text, cite) {
  const made = element(tag);
  let isOpen = false;
  for (const part of text.split(new RegExp(`(${OPEN}|${CLOSE})`))) {
    if (part === OPEN) isOpen = true;
    else if (part === CLOSE) isOpen = false;
    else if (part && isOpen) made.append(element("span", { class: "unsupported", title: "Not found in its sources" }, ...inline(part, cite)));
    else made.append(...inline(part, cite));
  }
  return made;
}

function inline(text, cite) {
  const made = [];
  let rest = text;
  for (let found = INLINE.exec(rest); found; found = INLINE.exec(rest)) {
    const parts = shown(found, cite);
    const isMark = found[7] !== undefined && typeof parts[0] !== "string";
    const before = rest.slice(0, found.index);
    if (isMark) {
      // A mark stays on the line of the word that it stands behind, and a full stop on that of the mark.
      const [, start, word] = /^(.*?)(\S{0,30})\s*$/s.exec(before);
      made.push(start, element("span", { class: "held" }, word, ...parts), JOINER);
    } else made.push(before, ...parts);
    rest = rest.slice(found.index + found[0].length);
  }
  if (rest) made.push(rest);
  return made;
}

function shown([whole, , code, strong, emphasis, linkText, address, numbers], cite) {
  if (code !== undefined) return [element("code", {}, code.trim() || code)];
  if (strong !== undefined) return [element("strong", {}, ...inline(strong, cite))];
  if (emphasis !== undefined) return [element("em", {}, ...inline(emphasis, cite))];
  if (linkText !== undefined) return [safeLink(address, linkText)];
  const marks = numbers.split(",").map((number) => cite(Number(number)));
  return marks.includes(null) ? [whole] : marks;
}
