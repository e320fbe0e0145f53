/** Sizes and durations as text in the language of a locale. */

const SIZES = /** @type {const} */ (["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"]);

/**
 * Returns a size with its decimal unit, such as `2.5 MB`. It is rounded down, because no more is there.
 *
 * @param {number} bytes
 * @param {string} [locale]
 */
export function formatBytes(bytes, locale) {
  let step = 0;
  while (bytes >= 1000 ** (step + 1) && step < SIZES.length - 1) step++;
  const digits = step > 1 ? 1 : 0;
  const value = Math.floor((bytes / 1000 ** step) * 10 ** digits) / 10 ** digits;
  return measure(value, SIZES[step] ?? "byte", digits, locale);
}

/**
 * Returns a duration with its unit, such as `30 sec`.
 *
 * @param {number} seconds
 * @param {string} [locale]
 * @param {(number: number) => number} [round] up for a time left, down for an age
 */
export function formatSeconds(seconds, locale, round = Math.ceil) {
  if (round(seconds) < 60) return measure(round(seconds), "second", 0, locale);
  if (round(seconds / 60) < 60) return measure(round(seconds / 60), "minute", 0, locale);
  return measure(round(seconds / 360) / 10, "hour", 1, locale);
}

/** Characters that nothing shows, of which some turn text around; not the joiners of scripts and emoji. */
const INVISIBLE = /[\p{Cc}\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;

/**
 * Returns a text with U+FFFD in place of each invisible character.
 *
 * @param {string} text
 */
export const visible = (text) => text.replace(INVISIBLE, "\ufffd");

/**
 * Returns a number and its unit, with a no-break space between them.
 *
 * @param {number} value
 * @param {string} unit
 * @param {number} digits
 * @param {string} [locale]
 */
const measure = (value, unit, digits, locale) => formatter(locale, unit, digits).format(value).replace(" ", "\u00a0");

/** @type {{[name: string]: Intl.NumberFormat}} */
const formatters = {};

/**
 * Returns the formatter of a locale. It is kept, because a new one for each row is slow.
 *
 * @param {string | undefined} locale
 * @param {string} unit
 * @param {number} digits
 */
const formatter = (locale, unit, digits) =>
  (formatters[`${locale} ${unit} ${digits}`] ??= new Intl.NumberFormat(validTag(locale), {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits: digits,
  }));

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
