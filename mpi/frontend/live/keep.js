// What was typed and not yet acknowledged, kept on this device for this person until it is, or until they sign out.

const PREFIX = "mpi:";

export class Keep {
  constructor(me, topic) {
    this.draftKey = `${PREFIX}draft:${me}:${topic}`;
    this.outboxKey = `${PREFIX}outbox:${me}:${topic}`;
  }

  get draft() {
    return read(this.draftKey) ?? "";
  }

  set draft(text) {
    write(this.draftKey, text || null);
  }

  // [{clientId, body, anyway, files: [{id, name, warning}]}], oldest first
  get outbox() {
    return read(this.outboxKey) ?? [];
  }

  add(entry) {
    write(this.outboxKey, [...this.outbox, entry]);
  }

  drop(clientId) {
    const rest = this.outbox.filter((entry) => entry.clientId !== clientId);
    write(this.outboxKey, rest.length ? rest : null);
  }
}

export function forgetEverything() {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  } catch {
    // Nothing was kept where keeping is refused.
  }
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function write(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Full or refused: the text is still in the page.
  }
}
