/** Sizes and durations as text in the language of a locale. */

const SIZES = /** @type {const} */ (["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"]);

/**
 * Returns a size with its decimal unit, such as `2.5 MB`.
 *
 * @param {number} bytes
 * @param {string} [locale]
 */
export function formatBytes(bytes, locale) {
  const step = Math.min(SIZES.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return measure(bytes / 1000 ** step, SIZES[step] ?? "byte", step > 1 ? 1 : 0, locale);
}

/**
 * Returns a duration with its unit, such as `30 sec`.
 *
 * @param {number} seconds
 * @param {string} [locale]
 * @param {(number: number) => number} [round] up for a time left, down for an age
 */
export function formatSeconds(seconds, locale, round = Math.ceil) {
  if (seconds < 60) return measure(round(seconds), "second", 0, locale);
  if (seconds < 3600) return measure(round(seconds / 60), "minute", 0, locale);
  return measure(seconds / 3600, "hour", 1, locale);
}

/**
 * Returns a number and its unit, with a no-break space between them.
 *
 * @param {number} value
 * @param {string} unit
 * @param {number} digits
 * @param {string} [locale]
 */
const measure = (value, unit, digits, locale) => formatter(locale, unit, digits).format(value).replace(" ", "\u00a0");

/** @type {Map<string, Intl.NumberFormat>} */
const formatters = new Map();

/**
 * Returns the formatter of a locale. It is kept, because a new one for each row is slow.
 *
 * @param {string | undefined} locale
 * @param {string} unit
 * @param {number} digits
 */
function formatter(locale, unit, digits) {
  const name = `${locale} ${unit} ${digits}`;
  const known = formatters.get(name);
  if (known) return known;
  const created = new Intl.NumberFormat(validTag(locale), {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits: digits,
  });
  formatters.set(name, created);
  return created;
}

/**
 * Returns the language tag (BCP 47) of a locale, which may also be a POSIX locale such as `de_DE.UTF-8`. Returns undefined,
 * which means the browser's language, for anything else.
 *
 * @param {string | undefined} locale
 */
function validTag(locale) {
  try {
    return Intl.getCanonicalLocales(
      locale
        ?.trim()
        .replace(/[.@].*/s, "")
        .replaceAll("_", "-"),
    )[0];
  } catch {
    return undefined;
  }
}
