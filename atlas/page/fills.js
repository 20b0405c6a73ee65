// The fill of a zone on a map: its class, hatched where there is a gap, or its difference.

import { colourOf } from "atlas/classes";
import { DIVERGING } from "atlas/diverging";
import { divergedFill, hatch } from "atlas/patterns";

/** Fill of a zone in a view. */
export function fillOf(view, zone) {
  if (view.compared?.mode === "difference") return divergedFill(view.compared.classes[zone]);
  const each = view.classes[zone];
  return view.state.hatch && view.gaps[zone] ? hatch(each) : colourOf(each);
}

/** Whether the fill is so pale that a white edge would not show. */
export function paleOf(view, zone) {
  if (view.compared?.mode !== "difference") return !view.classes[zone];
  const each = view.compared.classes[zone];
  return each === null || Math.abs(each - (DIVERGING.length - 1) / 2) <= 1;
}
