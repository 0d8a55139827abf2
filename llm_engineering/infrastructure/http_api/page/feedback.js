// What the reader thinks of the answer; it is stored when the service says so.

import { byId } from "/page/dom.js";
import { asked } from "/page/service.js";

let traceId = null;
let isHelpful = null;

/** Ask about an answer. */
export function askForFeedback(trace) {
  traceId = trace;
  isHelpful = null;
  byId("feedback").hidden = false;
  byId("comment-part").hidden = true;
  byId("comment").value = "";
  byId("thanks").textContent = "";
  press();
}

function press() {
  byId("up").setAttribute("aria-pressed", String(isHelpful === true));
  byId("down").setAttribute("aria-pressed", String(isHelpful === false));
}

async function send(thanks) {
  byId("thanks").textContent = "";
  const body = { trace_id: traceId, is_helpful: isHelpful, comment: byId("comment").value.trim() };
  try {
    await asked("/feedback", { body });
    byId("thanks").textContent = thanks;
  } catch (error) {
    byId("thanks").textContent = `It could not be stored. ${error.message}`;
  }
}

function judge(verdict) {
  isHelpful = verdict;
  press();
  byId("comment-part").hidden = false;
  send("Thank you, that is stored.");
}

byId("up").addEventListener("click", () => judge(true));
byId("down").addEventListener("click", () => judge(false));
byId("feedback").addEventListener("submit", (event) => {
  event.preventDefault();
  send("Thank you, your comment is stored.");
});
