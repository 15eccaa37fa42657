// Help with writing: Markdown by button and by shortcut, and people to call after an “@”. Without script the field is a field.
import "@github/markdown-toolbar-element";
import "@github/text-expander-element";
import { matching } from "./callable.js";

const SHORTCUTS = { b: "md-bold", i: "md-italic", k: "md-link" };

export function helpWriting() {
  document.addEventListener("keydown", (event) => {
    const tool = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && SHORTCUTS[event.key.toLowerCase()];
    if (!tool || !event.target.matches?.("text-expander textarea")) return;
    const bar = document.querySelector(`markdown-toolbar[for="${CSS.escape(event.target.id)}"]`);
    if (!bar) return;
    event.preventDefault();
    bar.querySelector(tool).click();
  });
  document.addEventListener("text-expander-change", (event) => {
    const { readers } = event.target.dataset;
    if (readers) event.detail.provide(offer(readers, event.detail.text));
  }, true);
  // Where there is no room below the line, the list stands above it.
  document.addEventListener("text-expander-activate", ({ target }) => {
    const list = target.querySelector(".callable");
    if (list?.getBoundingClientRect().bottom > innerHeight) list.classList.add("callable--above");
  }, true);
  document.addEventListener("text-expander-value", ({ detail }) => {
    detail.value = `@${detail.item.dataset.name}`;
  }, true);
}

const known = new Map(); // address → who may be called there, asked once a page

async function offer(address, text) {
  if (!known.has(address)) known.set(address, ask(address));
  const fitting = matching(await known.get(address), text);
  const list = document.createElement("ul");
  list.className = "callable";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "People and offices who can see this topic");
  for (const { id, name, title } of fitting) {
    const option = document.createElement("li");
    option.setAttribute("role", "option");
    option.id = `call-${id}`;
    option.dataset.name = name;
    const words = document.createElement("span");
    words.className = "callable__title";
    words.textContent = title;
    option.append(name, " ", words);
    list.append(option);
  }
  return { matched: fitting.length > 0, fragment: list };
}

async function ask(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json", "X-Background": "1" } });
    return answer.ok ? (await answer.json()).results : [];
  } catch {
    known.delete(address); // the network is away
    return [];
  }
}
