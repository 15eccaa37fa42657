// Sends a message and says what became of it. The same client_id goes with every try, so no try can make a second message.
import { Drafts } from "./drafts.js";
import { Keep } from "./keep.js";
import { Uploads } from "./uploads.js";

const ANSWER_WITHIN = 20_000; // ms

export class Composer {
  constructor(form, { log, me, announce }) {
    Object.assign(this, { form, log, topic: form.dataset.topic, api: form.dataset.api, sending: Promise.resolve() });
    this.text = form.elements.body;
    this.keep = new Keep(me, this.topic);
    this.uploads = new Uploads(form, { announce });
    this.drafts = new Drafts(form, this.keep);
    this.renew();
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    // Else the writing help closes as the text loses the focus, the button moves away under the pointer, and nothing is sent.
    form.addEventListener("mousedown", (event) => event.target.closest("button") && event.preventDefault());
    form.addEventListener("submit", (event) => {
      if (event.submitter?.hasAttribute("formaction")) return; // not a message to send: it asks how it would look
      event.preventDefault();
      this.submit({ anyway: event.submitter?.name === "anyway" });
    });
    for (const entry of this.keep.outbox) {
      if (this.isShown(entry)) this.keep.drop(entry.clientId);
      else {
        this.uploads.leaveOut(entry.files);
        this.show(entry);
        this.offerAgain(entry, "Not sent");
      }
    }
  }

  renew() {
    this.form.elements.client_id.value = crypto.randomUUID?.() ?? uuid();
  }

  submit({ anyway = false } = {}) {
    const body = this.text.value.trim();
    if (this.uploads.isBusy) return this.uploads.whenDone(() => this.submit({ anyway }));
    if (!body && !this.uploads.hasSome()) return;
    const entry = { clientId: this.form.elements.client_id.value, body, anyway, files: this.uploads.take() };
    this.form.querySelector(".guard")?.remove(); // what a page without the live part was asked
    this.keep.add(entry);
    this.text.value = "";
    this.drafts.sent();
    this.form.querySelector("#preview")?.replaceChildren();
    this.renew();
    this.text.focus();
    this.show(entry);
    this.send(entry);
  }

  show(entry) {
    if (!this.log.pending(entry.clientId)) this.log.showPending({ ...entry, name: this.form.dataset.me ?? "You" });
  }

  // It did arrive, though its answer never did: the page that was loaded since has it.
  isShown({ clientId }) {
    return this.log.list.querySelector(`[data-client="${CSS.escape(clientId)}"]`) !== null;
  }

  // One after the other, so that two quick messages arrive in the order they were written.
  send(entry) {
    this.log.setState(entry.clientId, "Sending …");
    this.sending = this.sending.then(() => this.post(entry));
  }

  async post(entry) {
    let answer, told;
    try {
      answer = await fetch(this.api, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          Accept: "application/json",
          "X-CSRFToken": this.form.elements.csrfmiddlewaretoken.value,
        },
        body: JSON.stringify({
          topic: this.topic,
          body: entry.body,
          client_id: entry.clientId,
          anyway: entry.anyway ?? false,
          attachments: (entry.files ?? []).map(({ id }) => id),
        }),
        signal: AbortSignal.timeout(ANSWER_WITHIN),
      });
      told = await answer.json();
    } catch {
      return this.offerAgain(entry, "Not sent");
    }
    if (answer.ok) {
      this.keep.drop(entry.clientId);
      this.log.confirm(entry.clientId, told);
    } else if (answer.status === 401) {
      this.offerAgain(entry, "Not sent: you are signed out. Sign in again in another tab, then");
    } else if (answer.status === 429) {
      this.offerAgain(entry, "Not sent: too many messages in a short time. Wait a little, then");
    } else if (answer.status >= 500) {
      this.offerAgain(entry, "Not sent");
    } else if (told?.errors?.[0]?.code === "case_information") {
      this.askBack(entry, told.errors[0].detail);
    } else {
      this.refuse(entry, told?.errors?.[0]?.detail ?? "it was refused");
    }
  }

  askBack(entry, question) {
    const buttons = [
      { label: "Edit", act: () => this.takeBack(entry) },
      { label: "Post anyway", act: () => this.sendAnyway({ ...entry, anyway: true }) },
    ];
    this.log.setState(entry.clientId, `Not sent yet. ${question}`, buttons, { isQuestion: true });
  }

  sendAnyway(entry) {
    this.keep.drop(entry.clientId);
    this.keep.add(entry);
    this.send(entry);
  }

  offerAgain(entry, text) {
    this.log.setState(entry.clientId, text, [
      { label: "Try again", act: () => this.send(entry) },
      { label: "Edit", act: () => this.takeBack(entry) },
    ]);
  }

  refuse(entry, reason) {
    this.log.setState(entry.clientId, `Not sent: ${reason}`, [{ label: "Edit", act: () => this.takeBack(entry) }]);
  }

  // The client_id goes back with the text: if the first try did arrive after all, it is still the same message.
  takeBack(entry) {
    this.keep.drop(entry.clientId);
    this.log.forget(entry.clientId);
    this.uploads.putBack(entry.files);
    this.text.value = [entry.body, this.text.value].filter(Boolean).join("\n\n");
    this.form.elements.client_id.value = entry.clientId;
    this.drafts.changed();
    this.text.focus();
  }
}

// Where the page is not served over HTTPS or from this machine, the browser has no randomUUID.
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
