/** Shows the log of a call, without the fields that are the same on every line. */

import {el} from "./dom.js";
import {parsed} from "./json.js";

/** Lambda's text format: level, moment, request id, message (Lambda Developer Guide, python-logging). */
const TEXT = /^\[(\w+)\]\t(\S+Z)\t(\S+)\t(.*)$/;
const LAMBDA = /^(START|END|REPORT|INIT_START) /;
const KNOWN = ["timestamp", "level", "message", "requestId", "logger", "stackTrace", "_aws"];

/** @param {string} text @returns {HTMLElement} */
export const logText = (text) =>
  el(
    "pre",
    {class: "log", tabIndex: 0},
    text
      .trimEnd()
      .split("\n")
      .flatMap((line) => [...lineOf(line), "\n"]),
  );

/** @param {string} line @returns {(Node | string)[]} */
function lineOf(line) {
  const text = TEXT.exec(line);
  if (text) return [level(text[1] ?? "", text[2] ?? ""), " ", text[4] ?? ""];
  const record = line.startsWith("{") ? parsed(line) : undefined;
  if (typeof record?.level === "string" && "message" in record) return recordOf(record);
  return [LAMBDA.test(line) ? el("span", {class: "lambda"}, line) : line];
}

/** Lambda's JSON format. @param {Record<string, any>} record @returns {(Node | string)[]} */
function recordOf(record) {
  const metrics = metricsOf(record);
  const fields = Object.entries(record).filter(([name]) => !KNOWN.includes(name) && !metrics.includes(name));
  const shown = fields.map(([name, value]) => el("span", {class: "field"}, `  ${name}=${JSON.stringify(value)}`));
  const trace = Array.isArray(record.stackTrace) ? ["\n", record.stackTrace.join("").trimEnd()] : [];
  const message = typeof record.message === "string" ? record.message : JSON.stringify(record.message);
  const measured = metrics.map((name) => `${name} ${record[name]}`).join("\n");
  const metric = measured ? [el("span", {class: "field", title: measured}, "  + metrics")] : [];
  return [level(record.level, record.timestamp), " ", message, ...shown, ...metric, ...trace];
}

/**
 * CloudWatch's embedded metric format: `_aws` names the fields that are metrics.
 *
 * @param {Record<string, any>} record
 * @returns {string[]}
 */
const metricsOf = ({_aws: embedded}) =>
  (embedded?.CloudWatchMetrics ?? [])
    .flatMap((/** @type {any} */ one) => one.Metrics ?? [])
    .map((/** @type {any} */ one) => one.Name);

/** @param {string} name @param {string} moment */
const level = (name, moment) => el("span", {class: `level ${name}`, title: moment}, name);
