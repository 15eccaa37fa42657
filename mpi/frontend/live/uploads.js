// Files that go along with a message: chosen, dropped or pasted, sent to the server at once, one after the other. What was
// uploaded waits there until the message is sent, on this device or another.

const AT_ONCE = 30; // files in one go: as many as the server keeps for a person

export class Uploads {
  constructor(form, { announce }) {
    Object.assign(this, { form, announce, list: form.querySelector("[data-uploads]"), last: Promise.resolve(), waiting: null });
    if (!this.list) return; // their office allows no uploads
    this.api = this.list.dataset.uploads;
    const input = form.elements.files;
    input.addEventListener("change", () => {
      this.add(input.files);
      input.value = "";
    });
    this.list.addEventListener("click", (event) => {
      const button = event.target.closest("[data-remove]");
      if (!button) return;
      event.preventDefault();
      this.remove(button.closest("[data-upload]"));
    });
    const text = form.elements.body;
    text.addEventListener("paste", (event) => {
      if (!event.clipboardData?.files.length || event.clipboardData.types.includes("text/plain")) return;
      event.preventDefault();
      this.add(event.clipboardData.files);
    });
    this.takeDrops(form.closest(".talk") ?? form);
  }

  takeDrops(place) {
    const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
    for (const kind of ["dragenter", "dragover"])
      place.addEventListener(kind, (event) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        place.dataset.isDropping = "";
      });
    place.addEventListener("dragleave", (event) => {
      if (!place.contains(event.relatedTarget)) delete place.dataset.isDropping;
    });
    place.addEventListener("drop", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      delete place.dataset.isDropping;
      this.add(event.dataTransfer.files);
    });
  }

  get rows() {
    return [...(this.list?.querySelectorAll("[data-upload]") ?? [])];
  }

  get isBusy() {
    return this.rows.some((row) => row.dataset.upload === "");
  }

  get hasFailed() {
    return this.rows.some((row) => "failed" in row.dataset);
  }

  // [{id, name, warning}] of what goes along, taken off the list.
  take() {
    const going = this.rows.filter((row) => row.querySelector("input:checked"));
    return going.map((row) => {
      row.remove();
      const warning = row.querySelector(".upload__note")?.textContent;
      return { id: row.dataset.upload, name: row.dataset.name, warning };
    });
  }

  hasSome() {
    return this.rows.some((row) => row.querySelector("input:checked"));
  }

  putBack(files = []) {
    if (!this.list) return;
    for (const file of files) this.done(this.row(file.name), file);
  }

  // What an unsent message of this device holds is not offered a second time.
  leaveOut(files = []) {
    for (const { id } of files) this.list?.querySelector(`[data-upload="${CSS.escape(id)}"]`)?.remove();
  }

  // Calls `act` once nothing is under way; whoever asks last is called.
  whenDone(act) {
    this.waiting = act;
    this.announce("Your message is sent once its files are uploaded.");
  }

  add(files) {
    for (const file of [...files].slice(0, AT_ONCE)) {
      const row = this.row(file.name);
      this.last = this.last.then(() => this.send(row, file));
    }
  }

  row(name) {
    const row = element("li", "upload");
    row.dataset.upload = "";
    row.dataset.name = name;
    row.append(element("span", "upload__name", name));
    this.list.append(row);
    return row;
  }

  send(row, file) {
    if (!row.isConnected) return; // cancelled while it waited
    delete row.dataset.failed;
    const progress = element("progress");
    progress.max = 1;
    progress.value = 0;
    progress.ariaLabel = `Uploading ${file.name}`;
    const request = new XMLHttpRequest();
    const cancel = this.button("Cancel", file.name, () => {
      request.abort();
      row.remove();
      this.settle();
    });
    row.replaceChildren(element("span", "upload__name", file.name), progress, cancel);
    return new Promise((resolve) => {
      const failed = (reason, again) => {
        if (row.isConnected) this.failed(row, file, reason, again);
        resolve();
      };
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) progress.value = event.loaded / event.total;
      });
      request.addEventListener("load", () => {
        const told = parsed(request.responseText);
        if (request.status === 201 && row.isConnected) {
          this.done(row, told);
          this.announce(`${told.name} is uploaded.`);
          resolve();
        } else if (request.status === 201) {
          this.forget(told.id); // cancelled as it arrived
          resolve();
        } else if (request.status === 401) failed("you are signed out. Sign in again in another tab, then try again.", true);
        else if (request.status === 429) failed("too many in a short time. Wait a little, then try again.", true);
        else if (request.status >= 500 && request.status !== 507) failed("the server did not answer.", true);
        else failed(told?.errors?.[0]?.detail ?? "it was refused.", request.status === 507);
      });
      request.addEventListener("error", () => failed("no connection.", true));
      request.addEventListener("abort", () => resolve());
      request.open("POST", this.api);
      request.setRequestHeader("X-CSRFToken", this.form.elements.csrfmiddlewaretoken.value);
      request.setRequestHeader("Accept", "application/json");
      const body = new FormData();
      body.append("topic", this.form.dataset.topic);
      body.append("file", file);
      request.send(body);
    }).then(() => this.settle());
  }

  settle() {
    if (this.isBusy || !this.waiting) return;
    const act = this.waiting;
    this.waiting = null;
    if (!this.hasFailed) act();
    else this.announce("Your message was not sent: a file could not be uploaded.");
  }

  done(row, { id, name, warning }) {
    row.dataset.upload = id;
    row.dataset.name = name;
    const box = element("input");
    Object.assign(box, { type: "checkbox", name: "attachments", value: id, checked: true, id: `upload-${id}` });
    const label = element("label", "", name);
    label.htmlFor = box.id;
    const button = this.button("Remove", name);
    button.dataset.remove = "";
    row.replaceChildren(box, label, button);
    if (warning) row.append(element("p", "upload__note", warning));
  }

  failed(row, file, reason, again) {
    row.dataset.failed = "";
    row.dataset.upload = "failed";
    const buttons = [this.button("Remove", file.name, () => row.remove())];
    if (again) buttons.unshift(this.button("Try again", file.name, () => this.retry(row, file)));
    const note = element("p", "upload__note", `Not uploaded: ${reason}`);
    note.setAttribute("role", "alert");
    row.replaceChildren(element("span", "upload__name", file.name), ...buttons, note);
  }

  retry(row, file) {
    row.dataset.upload = "";
    delete row.dataset.failed;
    this.last = this.last.then(() => this.send(row, file));
  }

  remove(row) {
    const { upload } = row.dataset;
    row.remove();
    this.form.elements.files.focus();
    this.forget(upload);
  }

  forget(id) {
    fetch(`${this.api}${id}/`, {
      method: "DELETE",
      headers: { "X-CSRFToken": this.form.elements.csrfmiddlewaretoken.value, Accept: "application/json" },
    }).catch(() => {}); // what nobody sends is forgotten after a week
  }

  button(label, name, act) {
    const button = element("button", "usa-button usa-button--quiet usa-button--small", label);
    button.type = "button";
    button.append(element("span", "visually-hidden", ` ${name}`));
    if (act) button.addEventListener("click", act);
    return button;
  }
}

function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
