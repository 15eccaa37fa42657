// The menu of a message: it closes once a deed is done, copies the link, and puts a quote into the field.
import { putIn, quoteOf } from "./quote.js";

let selected = null; // {row, words}: what was last marked within one message; opening the menu unmarks it

const PHONE = matchMedia("(max-width: 40rem)"); // there the menu is a sheet at the foot of the page, by the style sheet alone

export function handleTools(announce) {
  document.addEventListener("toggle", ({ target }) => target.matches?.("details.tools") && place(target), true);
  document.addEventListener("scroll", ({ target }) => shutOthers(target), { capture: true, passive: true });
  document.body.addEventListener("htmx:afterSettle", ({ target }) => place(target.closest("details.tools")));
  document.addEventListener("selectionchange", () => {
    const marked = markedIn(document.getSelection());
    if (marked) selected = marked;
  });
  document.addEventListener("click", (event) => {
    const quote = event.target.closest?.("[data-quote]");
    const copy = event.target.closest?.("[data-copy]");
    if (quote && insertQuote(quote)) event.preventDefault();
    if (copy) copyLink(copy, announce);
  });
  document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.successful && detail.requestConfig.verb !== "get") close(detail.elt.closest("details.tools"));
  });
}

// Beside its button, above or below, wherever there is more room: the list of messages would cut it off.
function place(menu) {
  if (!menu?.open || PHONE.matches) return;
  const panel = menu.querySelector(".menu__panel");
  const { top, bottom, right } = menu.querySelector("summary").getBoundingClientRect();
  const isBelow = innerHeight - bottom > Math.min(panel.scrollHeight, top);
  Object.assign(panel.style, {
    top: isBelow ? `${bottom}px` : "auto",
    bottom: isBelow ? "auto" : `${innerHeight - top}px`,
    right: `${document.documentElement.clientWidth - right}px`,
    maxHeight: `${(isBelow ? innerHeight - bottom : top) - 8}px`,
  });
}

// It hangs where its button was: what scrolls away from under it closes it.
function shutOthers(scrolled) {
  if (PHONE.matches || !(scrolled instanceof Node)) return;
  for (const menu of document.querySelectorAll("details.tools[open]"))
    if (scrolled.contains(menu) && !menu.contains(scrolled)) menu.open = false;
}

function markedIn(selection) {
  if (!selection || selection.isCollapsed) return null;
  const of = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest(".message__body");
  const body = of(selection.anchorNode);
  if (!body || body !== of(selection.focusNode)) return null;
  return { row: body.closest("[data-message]"), words: selection.toString() };
}

function insertQuote(link) {
  const field = document.querySelector("form[data-composer] textarea");
  if (!field) return false;
  const row = link.closest("[data-message]");
  const words = selected?.row === row && selected.words.trim();
  const quote = words ? quoteOf(words, link.dataset.source) : link.dataset.quote;
  selected = null;
  const { text, caret } = putIn(field.value, field.value ? field.selectionEnd : 0, quote);
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  close(link.closest("details.tools"));
  field.focus();
  field.setSelectionRange(caret, caret);
  return true;
}

async function copyLink(button, announce) {
  const address = new URL(button.dataset.copy, location.href).href;
  let words = "The link is copied";
  try {
    await navigator.clipboard.writeText(address);
  } catch {
    words = address; // the browser does not let us: it is there to be copied by hand
  }
  button.textContent = words;
  announce(words);
}

function close(menu) {
  if (!menu?.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
}
