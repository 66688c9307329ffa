// The WebSocket: requests with answers, happenings as they come, and reconnecting by itself.

const FIRST_WAIT = 300; // milliseconds
const LONGEST_WAIT = 4000;

export class Wire {
  #socket = null;
  #asked = new Map();
  #count = 0;
  #wait = FIRST_WAIT;

  /** `address()` gives the URL anew for each connection; `heard` gets every happening. */
  constructor(address, heard, connected) {
    this.address = address;
    this.heard = heard;
    this.connected = connected;
  }

  /** Connect, and again whenever the connection is lost. */
  open() {
    const socket = new WebSocket(this.address());
    this.#socket = socket;
    socket.addEventListener("open", () => {
      this.#wait = FIRST_WAIT;
    });
    socket.addEventListener("message", (event) => this.#take(JSON.parse(event.data)));
    socket.addEventListener("close", () => this.#lost(socket));
  }

  /** Ask for something; resolves with the answer, rejects with a sentence. */
  ask(request) {
    return new Promise((resolve, reject) => {
      if (this.#socket?.readyState !== WebSocket.OPEN) {
        reject(new Error("The sandbox is not connected right now. It keeps trying."));
        return;
      }
      this.#count += 1;
      this.#asked.set(this.#count, { resolve, reject });
      this.#socket.send(JSON.stringify({ ...request, n: this.#count }));
    });
  }

  #take(message) {
    if (message.is === "done" || message.is === "no") {
      const waiting = this.#asked.get(message.n);
      this.#asked.delete(message.n);
      if (message.is === "done") waiting?.resolve(message);
      else waiting?.reject(new Error(message.why));
      return;
    }
    if (message.is === "hello") this.connected(true);
    this.heard(message);
  }

  #lost(socket) {
    if (socket !== this.#socket) return;
    for (const { reject } of this.#asked.values()) reject(new Error("The connection to the sandbox was lost."));
    this.#asked.clear();
    this.connected(false);
    setTimeout(() => this.open(), this.#wait);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }
}
