// The table as a file for a spreadsheet: opened by a click, so it must not be able to run.

import { lacks } from "atlas/needs";

/** CSV text with BOM; the separator and the decimal sign follow the language. */
export function toCsv(rows, lang) {
  const separator = lang === "nl" ? ";" : ",";
  const lines = rows.map((row) => row.map((cell) => quoted(cellText(cell, lang), separator)).join(separator));
  return `\ufeff${lines.join("\r\n")}\r\n`;
}

/** Text that a spreadsheet would take for a formula gets an apostrophe in front. */
function defused(text) {
  return /^[\s]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text;
}

/** Hands the reader a file that was made in the page. */
export function download(name, content, type = "text/csv;charset=utf-8") {
  if (lacks("objectURL")) return;
  const address = URL.createObjectURL(new Blob([content], { type }));
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

function cellText(cell, lang) {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "number") return lang === "nl" ? String(cell).replace(".", ",") : String(cell);
  return defused(cell);
}

function quoted(text, separator) {
  return text.includes(separator) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
