/** The page: its views, header and keys. */

import {call} from "./api.js";
import {moveAll} from "./bars.js";
import {byId, el, say} from "./dom.js";
import {counted} from "./format.js";
import {Faults} from "./faults.js";
import {Invoke} from "./invoke.js";
import {Live} from "./live.js";
import {Logs} from "./logs.js";
import {go, place, VIEWS} from "./place.js";
import {Schedules} from "./schedules.js";
import {Stream} from "./stream.js";
import {Tables} from "./tables.js";

const stream = new Stream();
/** @type {Record<string, any>} */
const views = {
  live: new Live(stream),
  logs: new Logs(stream),
  invoke: new Invoke(),
  faults: new Faults(),
  schedules: new Schedules(),
  tables: new Tables(),
};
const SCHEMES = ["", "light", "dark"];
let isConnected = false;

async function show() {
  const {view, params} = place();
  const current = views[view];
  if (byId("main").firstChild !== current.element) byId("main").replaceChildren(current.element);
  for (const link of byId("views").children) link.toggleAttribute("aria-current", link.dataset.view === view);
  try {
    await current.show(params);
  } catch (problem) {
    say(/** @type {Error} */ (problem).message, true);
  }
}

function pause() {
  stream.paused = !stream.paused;
  byId("pause").setAttribute("aria-pressed", String(stream.paused));
  byId("pause").textContent = stream.paused ? "Resume" : "Pause";
  showState();
}

function showState() {
  const state = !isConnected ? "disconnected" : stream.paused ? "paused" : "live";
  byId("state").className = `state is-${state}`;
  byId("state").textContent = state;
}

function nextScheme() {
  const current = localStorage.getItem("scheme") ?? "";
  useScheme(SCHEMES[(SCHEMES.indexOf(current) + 1) % SCHEMES.length] ?? "");
}

/** @param {string} scheme */
function useScheme(scheme) {
  localStorage.setItem("scheme", scheme);
  document.documentElement.className = scheme;
  byId("scheme").textContent = scheme || "auto";
}

/** @param {KeyboardEvent} event */
function onKeyDown(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  const typing = target.matches("input:not([type=checkbox]), textarea, select");
  if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
  if (typing && event.key === "Escape") return target.blur();
  if (typing) return;
  if (handleKey(event.key)) event.preventDefault();
}

/** @param {string} key @returns {boolean} */
function handleKey(key) {
  const view = VIEWS[Number(key) - 1];
  if (view) go(view);
  else if (key === "p") pause();
  else if (key === "t") nextScheme();
  else if (key === "?") byId("help").showModal();
  else return views[place().view].key?.(key) ?? false;
  return true;
}

/** @param {{connections: number, faults: number}} counts */
function showCounts({connections, faults}) {
  const on = faults ? el("b", {}, ` · ${counted(faults, "fault")} on`) : "";
  byId("counts").replaceChildren(`${counted(connections, "connection")}`, on);
}

async function showTemplate() {
  const {template} = await call("functions");
  const name = template.split("/").slice(-2).join("/");
  byId("template").textContent = name;
  byId("template").title = template;
  document.title = `${name} · Inspector`;
}

byId("views").append(
  ...VIEWS.map((view, index) =>
    el(
      "a",
      {href: `#${view}`, "data-view": view, title: `${view} (${index + 1})`},
      view[0]?.toUpperCase() + view.slice(1),
    ),
  ),
);
byId("pause").addEventListener("click", pause);
byId("scheme").addEventListener("click", nextScheme);
byId("keys").addEventListener("click", () => byId("help").showModal());
addEventListener("keydown", onKeyDown);
addEventListener("hashchange", show);
stream.addEventListener("counts", (/** @type {any} */ {detail}) => showCounts(detail));
stream.addEventListener("state", (/** @type {any} */ {detail}) => {
  isConnected = detail;
  showState();
  if (isConnected) showTemplate();
});
useScheme(localStorage.getItem("scheme") ?? "");
setInterval(moveAll, 1000);
show();
stream.connect();
