/**
 * The line that the bar of an upload follows between two messages, for applications that draw bars themselves.
 *
 * ```js
 * let drawn;
 * requestAnimationFrame(function draw() {
 *   drawn = predict(progress.uploads[0], drawn, progress.welcome);
 *   bar.value = drawn.percent;
 *   requestAnimationFrame(draw);
 * });
 * ```
 *
 * @module
 */

export {isQuiet, isStalled} from "./news.js";
export {newsAge, predict} from "./prediction.js";
