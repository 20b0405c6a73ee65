// Who proposed something and what others say of it: a name, and three counters. Made once for an
// item and brought up to date, so that a name half written survives a vote.

import { h, write } from "atlas/dom";
import { createField } from "atlas/field";
import { LONGEST, VOTES, changed, supportOf, voted } from "atlas/marks";

/** Makes the fields of one item, with ids of their own in `place`; gives the box and its `render` (view, item). */
export function createSupport(store, { list, id, place }) {
  const label = h("label", { for: `by-${place}-${id}` });
  const by = createField(h("input", { id: `by-${place}-${id}`, type: "text", autocomplete: "off" }), {
    longest: LONGEST.by, keep: (text) => store.set(changed(store.get(), list, id, { by: text })),
  });
  const counters = VOTES.map((vote) => {
    const count = (step) => h("button", { type: "button", class: "count", onclick: () => store.set(voted(store.get(), list, id, vote, step)) },
      step > 0 ? "+" : "−");
    const [less, more] = [count(-1), count(1)];
    const [name, number] = [h("span", { class: "vote-name" }), h("output")];
    return { vote, less, more, name, number, box: h("div", { class: "vote", role: "group" }, name, less, number, more) };
  });
  const box = h("div", { class: "support" }, h("div", { class: "field" }, label, by.box),
    h("div", { class: "votes" }, ...counters.map((counter) => counter.box)));
  return {
    box,
    render({ say }, item) {
      const own = supportOf(item);
      write(label, say("session.by"));
      by.render(own.by);
      for (const { vote, less, more, name, number, box: group } of counters) {
        const title = say(`vote.${vote}`);
        write(name, title);
        write(number, String(own.votes[vote]));
        group.setAttribute("aria-label", title);
        less.setAttribute("aria-label", say("vote.less", { vote: title }));
        more.setAttribute("aria-label", say("vote.more", { vote: title }));
        less.setAttribute("aria-disabled", String(own.votes[vote] === 0));
      }
    },
  };
}

/** Votes in one line of text: "3 voor · 1 tegen"; empty where nobody voted. */
export function votesLine({ say }, item) {
  const { votes } = supportOf(item);
  return VOTES.filter((vote) => votes[vote]).map((vote) => `${votes[vote]} ${say(`vote.${vote}`)}`).join(" · ");
}
