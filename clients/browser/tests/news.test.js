import assert from "node:assert/strict";
import {test} from "node:test";
import {describe} from "../src/list/description.js";
import {formatBytes, formatSeconds, visible} from "../src/list/format.js";
import {isQuiet, isStalled} from "../src/news.js";
import {newsAge} from "../src/prediction.js";
import {TEXTS} from "../src/list/texts.js";
import {newsTime} from "../src/timing.js";

const NOW = Date.parse("2030-01-01T12:00:00Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const at = (ms) => new Date(ms).toISOString();

const MOVIE = {
  uploadId: "movie",
  status: "uploading",
  bytesUploaded: 57_000_000,
  bytesTotal: 100_000_000,
  bytesPerSecond: 2_000_000,
  etaSeconds: 22,
};

const aged = (seconds, rest = {}) => ({...MOVIE, newsAt: NOW - seconds * 1000, ...rest});
const said = (upload, how = {}) => describe(upload, TEXTS, {locale: "en", now: NOW, ...how}).replaceAll("\u00a0", " ");

test("what comes live is news of the moment, by a clock that is wrong by five minutes at most", () => {
  const live = (ms) => newsTime(at(NOW - ms), NOW, {skew: 0, live: true}) - NOW;
  assert.deepEqual([live(0), live(5 * MINUTE), live(-HOUR)], [0, 0, 0]);
  assert.deepEqual([live(5 * MINUTE + 1), live(6 * HOUR)], [-5 * MINUTE - 1, -6 * HOUR]);
});

test("a snapshot's row is as old as it says, by the server's clock, and never of the future", () => {
  const row = (ms, skew = 0) => newsTime(at(NOW - ms), NOW, {skew, live: false}) - NOW;
  assert.deepEqual([row(0), row(1), row(6 * HOUR), row(-HOUR)], [0, -1, -6 * HOUR, 0]);
  assert.deepEqual([row(0, HOUR), row(-HOUR, HOUR), row(0, -HOUR)], [-HOUR, 0, 0]);
});

test("a time that is none is the time of receipt", () => {
  for (const none of [undefined, null, "", "yesterday", {}]) {
    assert.equal(newsTime(none, NOW, {skew: 0, live: false}), NOW);
  }
});

test("the age of news is never negative, and 0 where no time is known", () => {
  assert.equal(newsAge({newsAt: NOW + 1}, NOW), 0);
  assert.equal(newsAge({updatedAt: at(NOW - 7)}, NOW), 7);
  assert.equal(newsAge({newsAt: NOW - 5, updatedAt: at(NOW - 7)}, NOW), 5);
  assert.equal(newsAge({}, NOW), 0);
});

const LIMITS = {
  maxPredictionPercent: 10,
  predictionSeconds: 2,
  latePredictionSeconds: 4,
  latePredictionAfterSeconds: 120,
};

test("an upload whose bytes move is quiet a second after a sign of life is due, others after thirty seconds", () => {
  const times = (age) => ({startedAt: at(NOW - age * 1000), updatedAt: at(NOW)});
  const isQuietAfter = (seconds, rest, welcome) =>
    assert.deepEqual(
      [seconds - 0.001, seconds].map((age) => isQuiet(aged(age, rest), NOW, welcome)),
      [false, true],
    );
  isQuietAfter(6, {status: "uploading"});
  isQuietAfter(11, {status: "uploading", ...times(120)});
  isQuietAfter(3, {status: "uploading", ...times(119)}, LIMITS);
  isQuietAfter(5, {status: "uploading", ...times(120)}, LIMITS);
  for (const status of ["queued", "paused", "processing"]) isQuietAfter(30, {status}, LIMITS);
  for (const status of ["completed", "failed", "canceled"]) assert.equal(isQuiet(aged(9999, {status}), NOW), false);
});

test("it is stalled from 120 s on, or from the time that is set, if it should move", () => {
  for (const status of ["uploading", "processing"]) {
    assert.deepEqual([isStalled(aged(119.999, {status}), NOW), isStalled(aged(120, {status}), NOW)], [false, true]);
    assert.deepEqual(
      [isStalled(aged(9.999, {status}), NOW, 10), isStalled(aged(10, {status}), NOW, 10)],
      [false, true],
    );
    assert.equal(isStalled(aged(1e9, {status}), NOW, Infinity), false);
  }
  for (const status of ["queued", "paused", "completed", "failed", "canceled"]) {
    assert.equal(isStalled(aged(9999, {status}), NOW), false);
  }
});

test("without news neither speed nor time left is claimed, and the age of the news is said", () => {
  assert.equal(said(aged(5.999)), "57 MB of 100 MB · 2 MB/s · 22 sec left");
  assert.equal(said(aged(6)), "57 MB of 100 MB · no news for 6 sec");
  assert.equal(said(aged(30)), "57 MB of 100 MB · no news for 30 sec");
  assert.equal(said(aged(119.999)), "57 MB of 100 MB · no news for 1 min");
  assert.equal(said(aged(120)), "Stalled · 57 MB of 100 MB · no news for 2 min");
  assert.equal(said(aged(6 * 3600)), "Stalled · 57 MB of 100 MB · no news for 6 hr");
  assert.equal(said(aged(10), {stalledAfterSeconds: 10}), "Stalled · 57 MB of 100 MB · no news for 10 sec");
  assert.equal(said(aged(45, {status: "processing"})), "Processing · 100 MB · no news for 45 sec");
  assert.equal(
    said(aged(300, {status: "processing", message: "Scanning"})),
    "Stalled · Scanning · 100 MB · no news for 5 min",
  );
  assert.equal(said(aged(300, {status: "paused"})), "Paused · 100 MB · no news for 5 min");
  assert.equal(said(aged(300, {status: "completed"})), "100 MB");
});

test("of an upload that is gone no more is said than is known", () => {
  assert.equal(said(aged(9999, {gone: true})), "57 MB of 100 MB · no longer reported; its end is unknown");
});

test("no size is claimed of an upload whose size is unknown and of which nothing was counted", () => {
  const unknown = {...aged(0), bytesUploaded: 0, bytesTotal: null, bytesPerSecond: undefined, etaSeconds: null};
  assert.equal(said({...unknown, status: "completed"}), "");
  assert.equal(said({...unknown, status: "completed", message: "Archived"}), "Archived");
  assert.equal(said({...unknown, status: "canceled"}), "");
  assert.equal(said({...unknown, status: "queued"}), "Waiting");
  assert.equal(said({...unknown, status: "uploading"}), "Uploading");
  assert.equal(said({...unknown, status: "uploading", message: "Opening"}), "Opening");
  assert.equal(said({...unknown, gone: true}), "no longer reported; its end is unknown");
  assert.equal(said({...unknown, status: "completed", bytesTotal: 0}), "0 byte");
  assert.equal(said({...unknown, bytesTotal: 100}), "0 byte of 100 byte");
});

test("a language that is written in another way is understood, and what is none costs nothing", () => {
  const german = ["de", "de_DE", "de-DE", "DE_de", "de_DE.UTF-8", "de_DE@euro", " de ", "de_Latn_DE"];
  for (const locale of german) assert.equal(formatBytes(2_500_000, locale), formatBytes(2_500_000, "de-DE"), locale);
  for (const locale of ["C", "", "en--US", "x", "!", "_", "deutsch (Deutschland)", "1", "en_US_POSIX_ü", undefined]) {
    assert.equal(formatBytes(2_500_000, locale), formatBytes(2_500_000), locale);
    assert.equal(formatSeconds(30, locale), formatSeconds(30), locale);
  }
});

test("a size or a time at the border of two units is never a thousand or sixty of the smaller one", () => {
  const sizes = {
    999: "999 byte",
    999_999: "999 kB",
    999_950_000: "999.9 MB",
    999_999_999: "999.9 MB",
    1e9: "1 GB",
    1e15: "1,000 TB",
  };
  for (const [bytes, text] of Object.entries({
    ...sizes,
    0: "0 byte",
    1000: "1 kB",
    1_000_000: "1 MB",
    2_300_000: "2.3 MB",
  }))
    assert.equal(formatBytes(Number(bytes), "en").replace("\u00a0", " "), text);
  const up = {
    59: "59 sec",
    59.2: "1 min",
    60: "1 min",
    3540: "59 min",
    3541: "1 hr",
    3599: "1 hr",
    3600: "1 hr",
    3601: "1.1 hr",
  };
  const down = {59.9: "59 sec", 119: "1 min", 3599: "59 min", 3600: "1 hr", 7199: "1.9 hr"};
  for (const [seconds, text] of Object.entries(up))
    assert.equal(formatSeconds(Number(seconds), "en").replace("\u00a0", " "), text);
  for (const [seconds, text] of Object.entries(down))
    assert.equal(formatSeconds(Number(seconds), "en", Math.floor).replace("\u00a0", " "), text);
});

test("the phase is shown with its percentage, before a message, and while bytes move", () => {
  const processing = {...MOVIE, status: "processing", newsAt: NOW};
  assert.equal(said({...processing, phase: "scanning"}), "scanning · 100 MB");
  assert.equal(said({...processing, phase: "transcoding", phasePercent: 40.9}), "transcoding 40% · 100 MB");
  assert.equal(said({...processing, phase: "scanning", message: "2 of 3"}), "scanning · 2 of 3 · 100 MB");
  assert.equal(said({...processing, message: "2 of 3"}), "2 of 3 · 100 MB");
  assert.equal(said({...processing}), "Processing · 100 MB");
  assert.equal(said({...processing, phase: "processing", phasePercent: 7}), "Processing 7% · 100 MB");
  assert.match(said(aged(0, {phase: "transfer"})), /^57 MB of 100 MB/);
  for (const none of [null, undefined, -1, 101, "40", NaN])
    assert.equal(said({...processing, phase: "scanning", phasePercent: none}), "scanning · 100 MB");
  const uploading = aged(0, {phase: "part 2 of 3"});
  assert.match(said(uploading), /^part 2 of 3 · 57 MB of 100 MB/);
  assert.equal(said({...processing, status: "completed", phase: "scanning"}), "100 MB");
});

test("what nothing shows in a name or a message is shown, and what scripts and emoji need is kept", () => {
  assert.equal(visible("photo\u202egnp.exe"), "photo\ufffdgnp.exe");
  for (const hidden of "\0\n\u001b\u007f\u0085\u00ad\u061c\u200b\u200e\u200f\u2028\u202a\u202e\u2066\u2069\ufeff")
    assert.equal(visible(`a${hidden}b`), "a\ufffdb");
  for (const kept of ["Größe 日本", "👩‍💻", "می‌خواهم", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "e\u0301"]) assert.equal(visible(kept), kept);
  assert.equal(said({...MOVIE, status: "failed", error: {message: "bad\n name \u202e"}}), "bad name \ufffd");
});

test("a phase that may be silent is neither quiet nor stalled before its own time", () => {
  const phase = (age) => ({status: "processing", newsAt: 1e12 - age * 1000, stalledAfterSeconds: 600});
  for (const [age, is] of [
    [30, false],
    [599, false],
    [600, true],
  ]) {
    assert.equal(isQuiet(phase(age), 1e12), is);
    assert.equal(isStalled(phase(age), 1e12, 120), is);
  }
});
