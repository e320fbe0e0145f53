/** The style sheet of the list. */
export const STYLE = `
:host {
  --u-muted: var(--upload-muted, color-mix(in srgb, CanvasText 70%, Canvas));
  --u-surface: var(--upload-surface, Canvas);
  --u-line: var(--upload-line, color-mix(in srgb, CanvasText 15%, Canvas));
  --u-accent: var(--upload-accent, LinkText);
  --u-good: var(--upload-good, CanvasText);
  --u-bad: var(--upload-bad, CanvasText);
  --u-tint: var(--u-accent);
  --u-way: 100%;
  display: block;
  color: var(--upload-text, CanvasText);
  font-variant-numeric: tabular-nums;
}
@supports (color: light-dark(red, red)) {
  :host {
    --u-accent: var(--upload-accent, light-dark(#3451d1, #8fa5ff));
    --u-good: var(--upload-good, light-dark(#17703a, #6fd491));
    --u-bad: var(--upload-bad, light-dark(#c02b26, #ff938d));
  }
}
:host(:dir(rtl)) { --u-way: -100%; }
ul {
  list-style: none;
  margin: 0;
  padding: 0;
  background: var(--u-surface);
  border: 1px solid var(--u-line);
  border-radius: 1rem;
  overflow: hidden;
}
ul:empty { display: none; }
li {
  display: grid;
  grid-template-columns: auto minmax(0, 1fr);
  gap: .875rem;
  padding: .875rem 1rem;
  content-visibility: auto;
  contain-intrinsic-block-size: auto 5.25rem;
}
li + li { border-block-start: 1px solid var(--u-line); }
:focus-visible { outline: 2px solid var(--u-accent); outline-offset: -2px; }
[data-status="completed"] { --u-tint: var(--u-good); }
[data-status="failed"] { --u-tint: var(--u-bad); }
:is([data-status="paused"], [data-status="queued"], [data-status="canceled"], .stale) { --u-tint: var(--u-muted); }
.icon {
  display: grid;
  place-items: center;
  inline-size: 2.75rem;
  block-size: 2.75rem;
  border-radius: .5rem;
  background: color-mix(in srgb, var(--u-tint) 12%, var(--u-surface));
  color: var(--u-tint);
  font-size: .75rem;
  font-weight: 600;
}
:is([data-status="completed"], [data-status="failed"]) .icon { font-size: 1.25rem; }
.body { display: grid; grid-template-columns: minmax(0, 1fr); gap: .375rem; }
.line { display: flex; align-items: baseline; justify-content: space-between; gap: 1rem; }
.name { min-width: 0; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: pre; }
.percent { white-space: nowrap; font-weight: 600; color: var(--u-tint); }
.facts { color: var(--u-muted); font-size: .875rem; overflow-wrap: anywhere; }
[data-status="failed"] .facts { color: var(--u-bad); }
.bar {
  block-size: .375rem;
  border-radius: 1rem;
  overflow: hidden;
  background: color-mix(in srgb, var(--u-tint) 16%, var(--u-surface));
}
.fill {
  block-size: 100%;
  border-radius: inherit;
  background: var(--u-tint);
  transform: translateX(calc((var(--done, 0) - 1) * var(--u-way)));
}
.animated { transition: transform .3s linear; }
.unknown .fill { inline-size: 30%; animation: unknown 1.6s ease-in-out infinite alternate; transition: none; }
@keyframes unknown { from { transform: none } to { transform: translateX(calc(2.33 * var(--u-way))); } }
.stale .fill { animation-play-state: paused; }
.actions { display: flex; flex: none; }
button {
  padding: .125rem .5rem;
  border: 0;
  border-radius: .5rem;
  background: none;
  color: var(--u-accent);
  font: inherit;
  font-size: .875rem;
  font-weight: 600;
  cursor: pointer;
}
.empty { color: var(--u-muted); text-align: center; padding: 1rem; }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:host([hidden]), [hidden] { display: none !important; }
@media (forced-colors: active) {
  .bar { border: 1px solid; }
  .fill { forced-color-adjust: none; background: Highlight; }
}
@media (prefers-reduced-motion: reduce) { .fill { transition: none; animation: none !important; } }
`;
