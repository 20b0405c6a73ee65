// The page's own words in two languages; the words themselves stand in words.json.

export const LANGUAGES = ["nl", "en"];

/** Gives the function that says a word of the page: say(key, { place: "holder" }). */
export function speaker(words, lang) {
  return (key, values = {}) => {
    if (!(key in words)) throw new Error(`words.json: no key "${key}"`);
    return words[key][lang].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  };
}

/** Gives the function that says a code from the data; a code without a word stays as it is. */
export function namer(words, lang) {
  return (family, code) => words[`${family}.${code}`]?.[lang] ?? String(code);
}

/** Fills the words of the fixed parts of the page. */
export function fillWords(say, lang) {
  document.documentElement.lang = lang;
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = say(element.dataset.word);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", say(element.dataset.label));
  }
}
