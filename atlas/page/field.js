// A field of text that is kept with every key, so that nothing written is ever lost to a click
// elsewhere; the state has it clean, the field as it is being written.

import { clean } from "atlas/marks";

/** Makes a field out of an input or textarea; `keep` is given its text, `render` what it now is. */
export function createField(box, { longest, lines = false, keep }) {
  let last = null;
  box.maxLength = longest;
  box.addEventListener("input", () => {
    last = clean(box.value, longest, lines);
    keep(last);
  });
  box.addEventListener("blur", () => { box.value = last ?? box.value; });
  return {
    box,
    render(text) {
      if (text !== last) box.value = text;
      last = text;
    },
  };
}
