// On paper: the map with what it means, where it comes from and which edition it is.

import { h } from "atlas/dom";
import { date } from "atlas/format";

/** Keeps the words for paper up to date and sizes the map to the sheet while printing. */
export function createImprint(atlas, fit) {
  const host = document.getElementById("imprint");
  const sized = (on) => () => {
    document.documentElement.classList.toggle("printing", on);
    fit();
  };
  addEventListener("beforeprint", sized(true));
  addEventListener("afterprint", sized(false));
  return (view) => {
    const { say, text, lang } = view;
    host.replaceChildren(
      h("p", {}, `${say("atlas.title")} ${text(atlas.region.title)} · ${date(atlas.edition.date, lang)} · `
        + say("edition", atlas.edition)),
      h("p", {}, `${say("drawer.sources")}: ${atlas.sources.map((source) =>
        [source.title, source.publisher, source.year, source.licence].filter(Boolean).join(", ")).join("; ")}`),
      h("p", {}, say("text.what", { date: date(atlas.edition.date, lang), version: atlas.edition.version })));
  };
}
