// Files that wait to be sent with a message: chosen, dropped or pasted.
import { el, fill, icon, iconButton } from "./dom.js";
import { size } from "./embeds.js";
import { readFiles } from "./files.js";

const MOST = 10;

export class Tray {
  #files = [];
  #shown = new Map(); // file to the address of its preview

  /** `changed()` is told after every change, `complain(words)` of what does not fit. */
  constructor(changed, complain) {
    this.changed = changed;
    this.complain = complain;
    this.node = el("ul", { class: "tray", "data-testid": "tray", hidden: true });
  }

  get empty() {
    return !this.#files.length;
  }

  /** Take files in. */
  add(files) {
    const fresh = [...files];
    if (!fresh.length) return;
    if (this.#files.length + fresh.length > MOST) this.complain(`At most ${MOST} files fit in a message.`);
    this.#files = [...this.#files, ...fresh].slice(0, MOST);
    this.#show();
  }

  /** Read what is there, for the wire. */
  read() {
    return readFiles(this.#files);
  }

  /** Put everything away; the answer puts it back. */
  clear() {
    const files = this.#files;
    this.#files = [];
    this.#show();
    return () => this.add(files);
  }

  #show() {
    for (const [file, address] of this.#shown) {
      if (this.#files.includes(file)) continue;
      URL.revokeObjectURL(address);
      this.#shown.delete(file);
    }
    fill(this.node, this.#files.map((file) => this.#item(file)));
    this.node.hidden = this.empty;
    this.changed();
  }

  #item(file) {
    let face = icon("file");
    if (/^image\/(png|jpeg|gif|webp)$/.test(file.type)) {
      if (!this.#shown.has(file)) this.#shown.set(file, URL.createObjectURL(file));
      face = el("img", { src: this.#shown.get(file), alt: "" });
    }
    return el("li", { class: "tray-file", "data-filename": file.name }, face,
      el("span", { class: "tray-words" }, file.name, el("small", {}, size(file.size))),
      iconButton("close", `Take ${file.name} away`, () => {
        this.#files = this.#files.filter((each) => each !== file);
        this.#show();
      }));
  }
}

/** Let files be dropped anywhere on `root`; `take(files)` gets them. */
export function dropping(root, take) {
  let inside = 0;
  const carries = (event) => event.dataTransfer?.types.includes("Files");
  const mark = (change) => {
    inside = change ? Math.max(0, inside + change) : 0;
    root.toggleAttribute("data-dropping", inside > 0);
  };
  root.addEventListener("dragenter", (event) => carries(event) && mark(1));
  root.addEventListener("dragleave", (event) => carries(event) && mark(-1));
  root.addEventListener("dragover", (event) => carries(event) && event.preventDefault());
  root.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    mark(0);
    take(event.dataTransfer.files);
  });
}
