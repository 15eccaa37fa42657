// Words of a message as a quote in Markdown, with a link to where they were said. Pure.

export function quoteOf(words, source) {
  const lines = words.trim().split(/\r?\n/);
  return [...lines.map((line) => `> ${line}`.trimEnd()), ">", `> ${source}`].join("\n") + "\n\n";
}

// What stands in the field once `quote` is put in at `caret`: `{text, caret}`, the caret after the quote.
export function putIn(text, caret, quote) {
  const before = text.slice(0, caret).trimEnd();
  const start = before ? `${before}\n\n${quote}` : quote;
  return { text: start + text.slice(caret).trimStart(), caret: start.length };
}
