// Who proposed something and what others say of it: a name, and three counters. Made once for an
// item and brought up to date, so that a name half written survives a vote.

import { h, write } from "atlas/dom";
import { LONGEST, VOTES, changed, clean, supportOf, voted } from "atlas/marks";

/** Makes the fields of one item; gives the box and its `render` (view, item). */
export function createSupport(store, list, id) {
  const label = h("label", { for: `by-${list}-${id}` });
  const by = h("input", {
    id: `by-${list}-${id}`, type: "text", maxlength: LONGEST.by, autocomplete: "off",
    onchange: () => store.set(changed(store.get(), list, id, { by: clean(by.value, LONGEST.by) })),
  });
  const counters = VOTES.map((vote) => {
    const count = (step) => h("button", { type: "button", class: "count", onclick: () => store.set(voted(store.get(), list, id, vote, step)) },
      step > 0 ? "+" : "−");
    const [less, more] = [count(-1), count(1)];
    const [name, number] = [h("span", { class: "vote-name" }), h("output")];
    return { vote, less, more, name, number, box: h("div", { class: "vote", role: "group" }, name, less, number, more) };
  });
  const box = h("div", { class: "support" }, h("div", { class: "field" }, label, by),
    h("div", { class: "votes" }, ...counters.map((counter) => counter.box)));
  let last = null;

  return {
    box,
    render({ say }, item) {
      const own = supportOf(item);
      write(label, say("session.by"));
      // What is being written is left alone until it is kept.
      if (own.by !== last) by.value = own.by;
      last = own.by;
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
