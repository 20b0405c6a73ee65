// Numbers in the reader's notation: 1.234,5 in Dutch, 1,234.5 in English.

const LOCALES = { nl: "nl-NL", en: "en-GB" };
const formats = new Map(); // making an Intl format costs more than a whole switch of the map

/** Number with at most `decimals` decimals; null stays null, as missing is not zero. */
export function number(value, lang, decimals = 0) {
  if (value === null || value === undefined || Number.isNaN(value)) return null;
  const smallest = 10 ** -decimals;
  if (value !== 0 && Math.abs(value) < smallest / 2) {
    return `${value < 0 ? "> −" : "< "}${format(lang, decimals, decimals).format(smallest)}`;
  }
  return format(lang, 0, decimals).format(value);
}

/** Number as precise as its grade allows: C and D carry three significant digits. */
export function amount(value, lang, decimals, grade) {
  if (value === null || value === undefined) return null;
  return number(grade === "C" || grade === "D" ? significant(value, 3) : value, lang, decimals);
}

/** Value rounded to a number of significant digits. */
export function significant(value, digits) {
  return value === 0 ? 0 : Number(value.toPrecision(digits));
}

/** Share of a whole as a percentage; null where there is no whole. */
export function percentage(part, whole, lang) {
  if (part === null || !whole) return null;
  const share = (100 * part) / whole;
  return `${number(share, lang, Math.abs(share) < 10 ? 1 : 0)}${lang === "nl" ? " " : ""}%`;
}

/** Number with its unit. */
export function withUnit(text, unit) {
  return text === null ? null : `${text} ${unit}`;
}

/** Date of the form 2026-01-11 in words of the language; other text as it stands. */
export function date(text, lang) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text ?? "")) return text ?? "";
  const [year, month, day] = text.split("-").map(Number);
  return new Intl.DateTimeFormat(LOCALES[lang], { dateStyle: "long", timeZone: "UTC" })
    .format(Date.UTC(year, month - 1, day));
}

function format(lang, least, most) {
  const key = `${lang} ${least} ${most}`;
  if (!formats.has(key)) {
    formats.set(key, new Intl.NumberFormat(LOCALES[lang], {
      minimumFractionDigits: least, maximumFractionDigits: most,
    }));
  }
  return formats.get(key);
}
