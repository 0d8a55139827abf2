// Asking: the form, the keys, and the key of the service.

import { ShownAnswer } from "/page/answer.js";
import { byId } from "/page/dom.js";
import { chosenFilters, loadFilters } from "/page/filters.js";
import { close, isOpen } from "/page/panel.js";
import { answerEvents, hasKey, joinExperiment, useKey } from "/page/service.js";

const question = byId("question");
let asking = null;

async function ask() {
  const query = question.value.trim();
  if (!query) return;
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  document.body.classList.add("asked-once");
  showWorking(true);
  const shown = new ShownAnswer(query);
  try {
    for await (const event of answerEvents({ query, ...chosenFilters() }, mine.signal)) {
      if (asking !== mine) return; // somebody asks something else meanwhile
      shown.take(event);
    }
    if (!shown.isDone) shown.fail("The answer broke off. Ask again.");
  } catch (error) {
    if (asking !== mine) return;
    if (error.name === "AbortError") shown.end("Stopped.");
    else shown.fail(error.message);
    if (error.status === 401) askForKey(hasKey() ? "The service does not accept this key." : "");
  } finally {
    if (asking === mine) {
      asking = null;
      showWorking(false);
    }
  }
}

function showWorking(isWorking) {
  byId("ask-button").hidden = isWorking;
  byId("stop-button").hidden = !isWorking;
}

function fit() {
  question.style.height = "auto";
  question.style.height = `${question.scrollHeight}px`;
}

function askForKey(problem) {
  byId("key-form").hidden = false;
  byId("key-error").textContent = problem;
  byId("key").focus();
}

async function start() {
  byId("key-button").hidden = !hasKey();
  try {
    await Promise.all([loadFilters(), joinExperiment()]);
    byId("key-form").hidden = true;
  } catch (error) {
    if (error.status === 401) askForKey(hasKey() ? "The service does not accept this key." : "");
    else byId("index-line").textContent = error.message;
  }
}

byId("ask-form").addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
byId("stop-button").addEventListener("click", () => {
  asking?.abort();
  question.focus();
});
question.addEventListener("input", fit);
question.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    ask();
  }
});
byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  useKey(byId("key").value.trim());
  byId("key").value = "";
  start().then(() => question.focus());
});
byId("key-button").addEventListener("click", () => askForKey(""));
document.addEventListener("keydown", (event) => {
  const isWriting = event.target.matches?.("input, textarea, select");
  if (event.key === "Escape" && isOpen()) close();
  else if (event.key === "/" && !isWriting && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    question.focus();
    question.select();
  }
});

start();
if (matchMedia("(hover: hover)").matches) question.focus();
