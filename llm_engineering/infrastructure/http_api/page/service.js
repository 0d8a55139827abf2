// Talks to the service. The key, if it needs one, is kept in this tab only.

const KEY = "service-key";
let key = null;
try { key = sessionStorage.getItem(KEY); } catch { /* storage is turned off: the key lives as long as the page */ }

const PARTS_OF_EXPERIMENTS = ["/rag/stream", "/feedback"];
const USER = "experiment-user";
let user = null;

/** Ask whether an experiment runs: only then this browser gets a random name, another one for each experiment. */
export async function joinExperiment() {
  const { experiment } = await (await asked("/experiment")).json();
  try {
    const kept = JSON.parse(localStorage.getItem(USER) ?? "null");
    user = experiment === null ? null : kept?.experiment === experiment ? kept.user : randomName();
    if (user === null) localStorage.removeItem(USER);
    else localStorage.setItem(USER, JSON.stringify({ experiment, user }));
  } catch {
    user = null; // storage is turned off, or what lies there is not ours: nobody takes part who would be another each time
  }
}

function randomName() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `page-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** What the service says is wrong. */
export class ServiceError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const hasKey = () => key !== null;

export function useKey(text) {
  key = text;
  try { sessionStorage.setItem(KEY, text); } catch { /* as above */ }
}

/** @returns the response of a request that went well. */
export async function asked(path, { body, signal } = {}) {
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  const options = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (user && PARTS_OF_EXPERIMENTS.includes(path)) headers["X-User"] = user;
  let response;
  try {
    response = await fetch(path, { ...options, headers, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServiceError(0, "The service does not answer. Is it still running?");
  }
  if (!response.ok) throw new ServiceError(response.status, await problem(response));
  return response;
}

async function problem(response) {
  try {
    return (await response.json()).error.message;
  } catch {
    return `The service answered with status ${response.status}.`;
  }
}

/** Yields the events of an answer as they arrive: server-sent events, whose data is JSON. */
export async function* answerEvents(question, signal) {
  const response = await asked("/rag/stream", { body: question, signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    waiting += value;
    const blocks = waiting.split("\n\n");
    waiting = blocks.pop();
    yield* blocks.map(eventOf).filter(Boolean);
  }
  if (waiting.trim()) throw new ServiceError(0, "The answer broke off. Ask again.");
}

function eventOf(block) {
  let name = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  return data.length ? { name, data: JSON.parse(data.join("\n")) } : null;
}
