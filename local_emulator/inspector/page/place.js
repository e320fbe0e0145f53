/**
 * The view and its filters, kept in the address so that it can be shared:
 * `#live?connection=…&user=…&route=…&kinds=…&text=…&record=…`.
 */

export const VIEWS = ["live", "logs", "invoke", "faults", "schedules", "tables"];
export const FILTERS = ["connection", "user", "route", "kinds", "text"];

/** @typedef {{view: string, params: URLSearchParams}} Place */

/** @returns {Place} */
export function place() {
  const [view = "", query = ""] = location.hash.slice(1).split("?");
  return {view: VIEWS.includes(view) ? view : "live", params: new URLSearchParams(query)};
}

/**
 * Goes to a view. Parameters that are "" or null are removed, the others of the view stay as they are.
 *
 * @param {string} view
 * @param {Record<string, string | null>} [changes]
 */
export function go(view, changes = {}) {
  const current = place();
  const params = current.view === view ? current.params : new URLSearchParams();
  for (const [name, value] of Object.entries(changes)) {
    if (value) params.set(name, value);
    else params.delete(name);
  }
  const query = params.toString();
  const hash = `#${view}${query ? `?${query}` : ""}`;
  if (hash === location.hash) return;
  history.replaceState(null, "", hash);
  dispatchEvent(new Event("hashchange"));
}

/** @param {URLSearchParams} params @returns {Record<string, string>} the filters */
export const selection = (params) =>
  Object.fromEntries(FILTERS.filter((name) => params.get(name)).map((name) => [name, params.get(name) ?? ""]));
