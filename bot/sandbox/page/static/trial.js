// A first call to the API, made by this page with the key that the bot has shown.
import { add, el, fill } from "./dom.js";
import { counted } from "./time.js";

const TOLD = ["x-latchkey-upstream", "x-latchkey-cost", "x-latchkey-remaining"]; // of a stream only the first is final

export class Trial {
  #typed = new Map(); // what one has pasted as whose key

  /** `keyless()` does what gets a person a key. */
  constructor(state, keyless) {
    this.state = state;
    this.leaving = null;
    this.key = el("input", {
      id: "trial-key", type: "password", autocomplete: "off", spellcheck: "false", "data-testid": "trial-key",
      placeholder: "Get one with /gen_key", oninput: () => this.#typed.set(state.you, this.key.value.trim()),
    });
    this.model = el("select", { id: "trial-model", "data-testid": "trial-model" });
    this.words = el("textarea", { id: "trial-words", rows: 2, "data-testid": "trial-words" });
    this.words.value = "Hello! Show me code.";
    this.streams = el("input", { type: "checkbox", checked: true, "data-testid": "trial-stream" });
    this.send = el("button", { type: "submit", class: "button primary", "data-testid": "trial-send" }, "Send");
    this.get = el("button", { type: "button", class: "text-button", onclick: keyless }, "Get a key");
    this.answer = el("div", { class: "trial-answer", role: "status", "data-testid": "trial-answer", hidden: true });
    const field = (id, label, input, ...more) => el("div", { class: "trial-field" }, el("label", { for: id }, label), more, input);
    this.node = el("form", { class: "trial", "data-testid": "trial", onsubmit: (event) => {
      event.preventDefault();
      void this.#try();
    } }, el("h3", {}, "Try it"), field("trial-key", "Key", this.key, this.get), field("trial-model", "Model", this.model),
    field("trial-words", "Message", this.words),
    el("div", { class: "trial-foot" }, el("label", { class: "trial-stream" }, this.streams, "Stream"), this.send), this.answer);
  }

  /** Show whom the key belongs to, and the models there are. */
  refresh() {
    const { state } = this;
    const key = this.#typed.get(state.you) || state.keys.get(state.you) || "";
    if (document.activeElement !== this.key) this.key.value = key;
    this.get.hidden = Boolean(key);
    const models = [...this.model.options].map((each) => each.value);
    if (models.join() !== state.models.join()) {
      fill(this.model, state.models.map((each) => el("option", { value: each }, each)));
    }
  }

  async #try() {
    if (!this.key.value.trim()) {
      this.#lack();
      return;
    }
    this.leaving?.abort();
    const leaving = new AbortController();
    this.leaving = leaving;
    this.send.setAttribute("aria-busy", "true");
    this.answer.hidden = false;
    fill(this.answer, el("p", { class: "quiet" }, "Sent…"));
    try {
      await this.#called(leaving.signal);
    } catch (problem) {
      if (!leaving.signal.aborted) fill(this.answer, el("p", { class: "trial-wrong" }, `The API cannot be reached: ${problem.message}`));
    }
    if (this.leaving === leaving) this.send.removeAttribute("aria-busy");
  }

  /** Lead to a key: nothing can be sent without one. */
  #lack() {
    const words = this.get.hidden ? "Fill in a key first." : "A key is needed first: get one, or paste yours.";
    this.answer.hidden = false;
    fill(this.answer, el("p", { class: "trial-wrong" }, words));
    (this.get.hidden ? this.key : this.get).focus();
  }

  async #called(signal) {
    const stream = this.streams.checked;
    const response = await fetch(`${this.state.api}/v1/chat/completions`, {
      method: "POST", signal,
      headers: { authorization: `Bearer ${this.key.value.trim()}`, "content-type": "application/json" },
      body: JSON.stringify({ model: this.model.value, stream, messages: [{ role: "user", content: this.words.value }] }),
    });
    const words = el("pre", { class: "trial-words" });
    const status = el("p", { class: response.ok ? "trial-told" : "trial-told trial-wrong" });
    fill(this.answer, words, status);
    const say = (text) => {
      words.textContent += text;
      words.scrollTop = words.scrollHeight;
    };
    if (response.ok && stream) await streamed(response, say);
    else say(said(await response.json()));
    add(status, [`${response.status} ${response.ok ? "OK" : ""}`, ...TOLD.slice(0, stream ? 1 : undefined).filter((name) => response.headers.has(name))
      .map((name) => [" · ", el("span", {}, `${name}: ${readable(response.headers.get(name))}`)])]);
  }
}

const readable = (value) => (/^\d+$/.test(value) ? counted(Number(value)) : value);

function said(body) {
  return body.error?.message ?? body.choices?.[0]?.message?.content ?? JSON.stringify(body);
}

/** Read server-sent events, and say each piece as it comes. */
async function streamed(response, say) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (!line.startsWith("data: ") || line === "data: [DONE]") continue;
      const chunk = JSON.parse(line.slice(6));
      say(chunk.error?.message ?? chunk.choices?.[0]?.delta?.content ?? "");
    }
  }
}
