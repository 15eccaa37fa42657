// Who is offered after an “@”. Pure.

const SHOWN = 8; // at once

// Those whose name or title holds each word of `text`, as many as are shown at once.
export function matching(people, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ name, title }) => words.every((word) => `${name} ${title}`.toLowerCase().includes(word));
  return people.filter(fits).slice(0, SHOWN);
}
