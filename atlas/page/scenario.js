// The switches of a scenario. Only those that change a stream are shown for it, and a switch that
// changes nothing counts as its default: the numbers are the same, so what is known stays known.

export const SWITCHES = ["lifetime", "inflow", "collection", "drive_train", "recovery"];

/** The values of a switch that differ for a stream, its default first. */
export function valuesOf(atlas, stream, key) {
  const all = atlas.switches[key] ?? [];
  return stream.model ? all.filter((value, place) => place === 0 || PRESENT[key](stream.model, value))
    : all.slice(0, 1);
}

/** The switches that matter for a stream. */
export function switchesOf(atlas, stream) {
  return SWITCHES.filter((key) => valuesOf(atlas, stream, key).length > 1);
}

/** The scenario in which a stream is computed: each switch as chosen, or its default. */
export function scenarioOf(atlas, stream, state) {
  return Object.fromEntries(SWITCHES.map((key) => {
    const values = valuesOf(atlas, stream, key);
    // A flow has nothing to replace: it stays level, as when nothing is added.
    const wanted = stream.model?.flow && state[key] === "replacement" ? "frozen" : state[key];
    return [key, values.includes(wanted) ? wanted : values[0]];
  }));
}

/** What enters in a scenario: the stream's own inflow, unless another was chosen. */
export function inflowOf({ model, scenario }) {
  return scenario.inflow === "default" ? model.inflow.own : scenario.inflow;
}

/** Every switch at its default. */
export function standard(atlas) {
  return Object.fromEntries(SWITCHES.map((key) => [key, atlas.switches[key]?.[0] ?? null]));
}

/** Whether the product tonnes are those of the default, for which processing was computed. */
export function asComputed(atlas, scenario) {
  return ["lifetime", "inflow", "collection"]
    .every((key) => scenario[key] === (atlas.switches[key]?.[0] ?? scenario[key]));
}

const PRESENT = {
  lifetime: (model, value) => Boolean(model.lifetimes?.[value]),
  inflow: (model, value) => value !== model.inflow.own && (model.flow
    ? value !== "replacement" && Boolean(model.flow.t_per_a[value]) : value !== "growth" || Boolean(model.inflow.growth)),
  collection: (model) => Boolean(model.collection?.targets?.length),
  drive_train: (model, value) => Boolean(model.overrides?.[value]),
  recovery: (model, value) => (model.yields ?? []).some((row) => row.recovery === value),
};
