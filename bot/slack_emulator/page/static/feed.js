/**
 * The web socket: frames in, requests out, and a new connection whenever the old one is gone.
 * A request is answered by a `re` frame of its id; one that the lost connection took with it is refused.
 */

const WAITS = [300, 600, 1200, 2500, 5000];
const GONE = "The playground's server does not answer.";

export class Feed {
  /**
   * @param {string} url
   * @param {{opened: () => void, frame: (frame: any) => void, lost: (tries: number) => void}} heard
   */
  constructor(url, heard) {
    this.url = url;
    this.heard = heard;
    this.tries = 0;
    this.last = 0;
    /** @type {Map<number, {resolve: (result: any) => void, reject: (error: Error) => void}>} */
    this.open = new Map();
    this.connect();
  }

  connect() {
    clearTimeout(this.timer);
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.addEventListener("open", () => {
      this.tries = 0;
      this.heard.opened();
    });
    socket.addEventListener("message", ({ data }) => this.take(JSON.parse(data)));
    socket.addEventListener("close", () => socket === this.socket && this.lose());
  }

  lose() {
    for (const { reject } of this.open.values()) reject(new Error(GONE));
    this.open.clear();
    this.heard.lost(this.tries);
    this.timer = setTimeout(() => this.connect(), WAITS[Math.min(this.tries, WAITS.length - 1)]);
    this.tries += 1;
  }

  take(frame) {
    if (frame.type !== "re") return this.heard.frame(frame);
    const asked = this.open.get(frame.id);
    this.open.delete(frame.id);
    if (frame.ok) asked?.resolve(frame);
    else asked?.reject(new Error(frame.error || "That did not work."));
  }

  /**
   * Ask the server to do something; resolves with its answer, rejects with a sentence for people.
   * @param {Record<string, any> & {do: string}} request
   * @returns {Promise<any>}
   */
  ask(request) {
    if (this.socket?.readyState !== WebSocket.OPEN) return Promise.reject(new Error(GONE));
    const id = (this.last += 1);
    this.socket.send(JSON.stringify({ id, ...request }));
    return new Promise((resolve, reject) => this.open.set(id, { resolve, reject }));
  }
}
