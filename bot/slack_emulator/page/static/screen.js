/**
 * A terminal's screen: xterm.js, which is loaded when one is first opened, connected to a program at the server.
 * F6 leaves it, as it does every part of the page; so does Tab where a screen reader is told what is written.
 */

const PIECE = 10_000;
const CALM = matchMedia("(prefers-reduced-motion: reduce)");
export const THEMES = {
  light: {
    background: "#ffffff",
    foreground: "#1b2126",
    cursor: "#0b6e8f",
    cursorAccent: "#ffffff",
    selectionBackground: "#bfdcee",
    scrollbarSliderBackground: "#8a96a155",
    black: "#1b2126",
    red: "#b3203e",
    green: "#0a7357",
    yellow: "#7a5c00",
    blue: "#0b5f9c",
    magenta: "#7a4bb5",
    cyan: "#14697f",
    white: "#59646e",
  },
  dark: {
    background: "#161c21",
    foreground: "#e4e9ed",
    cursor: "#58b7d6",
    cursorAccent: "#161c21",
    selectionBackground: "#2c566f",
    scrollbarSliderBackground: "#6b7a8655",
    black: "#2b353d",
    red: "#ff8ba0",
    green: "#5cd0aa",
    yellow: "#ecd48a",
    blue: "#6bb8ee",
    magenta: "#c8a6f2",
    cyan: "#58b7d6",
    white: "#e4e9ed",
  },
};

/** xterm.js makes rules of fonts and colours; in a <style> the page's Content-Security-Policy would refuse them. */
class AdoptedStyle extends HTMLElement {
  sheet = new CSSStyleSheet();

  set textContent(rules) {
    this.sheet.replaceSync(rules);
  }

  connectedCallback() {
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.sheet];
  }

  disconnectedCallback() {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== this.sheet);
  }
}
customElements.define("adopted-style", AdoptedStyle);

/** @returns {Promise<{Terminal: any, FitAddon: any}>} */
export async function loadScreen() {
  const [{ Terminal }, { FitAddon }] = await Promise.all([
    import("./vendor/xterm.js"),
    import("./vendor/xterm-fit.js"),
  ]);
  return { Terminal, FitAddon };
}

export class Screen {
  /**
   * @param {string} name
   * @param {HTMLElement} box
   * @param {{Terminal: any, FitAddon: any}} libraries
   * @param {(what: string, more?: Record<string, any>) => Promise<any>} tell
   */
  constructor(name, box, { Terminal, FitAddon }, tell) {
    this.tell = tell;
    this.aloud = false;
    /** While what was written before is drawn, nothing that it asks of a terminal is answered again. */
    this.replaying = false;
    this.terminal = new Terminal({
      fontFamily: getComputedStyle(box).getPropertyValue("--mono"),
      fontSize: 13,
      lineHeight: 1.25,
      cursorBlink: !CALM.matches,
      scrollback: 5000,
      minimumContrastRatio: 4.5,
      linkHandler: { activate: () => undefined },
    });
    this.fit = new FitAddon();
    this.terminal.loadAddon(this.fit);
    this.terminal.open(box);
    this.terminal.textarea.setAttribute("aria-label", `Terminal ${name}; F6 leaves it`);
    this.terminal.textarea.addEventListener("focus", () => this.resize());
    this.terminal.attachCustomKeyEventHandler((event) => this.isForTerminal(event));
    this.terminal.onData((text) => !this.replaying && this.type(text));
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(box);
  }

  /** Whether a key is the program's, and not the page's or the browser's. @param {KeyboardEvent} event */
  isForTerminal(event) {
    const ctrl = event.ctrlKey && !event.shiftKey && !event.altKey && !event.metaKey;
    if (event.key === "F6" || (event.key === "Tab" && this.aloud)) return false;
    if (ctrl && event.key === "c") return !this.terminal.hasSelection();
    return !(ctrl && event.key === "v");
  }

  type(text) {
    for (let at = 0; at < text.length; at += PIECE) void this.tell("type", { text: text.slice(at, at + PIECE) });
  }

  get room() {
    const { cols = 80, rows = 24 } = this.fit.proposeDimensions() ?? {};
    return { columns: Math.max(2, Math.min(cols || 80, 400)), rows: Math.max(1, Math.min(rows || 24, 200)) };
  }

  open() {
    this.opened = true;
    void this.tell("open", this.room);
  }

  /** Ask for as much as there is room for; what is drawn changes when the program was told. */
  resize() {
    const { columns, rows } = this.room;
    if (this.opened && (columns !== this.terminal.cols || rows !== this.terminal.rows)) void this.tell("size", { columns, rows });
  }

  look(theme, aloud) {
    this.aloud = aloud;
    this.terminal.options.theme = theme;
    this.terminal.options.screenReaderMode = aloud;
  }

  take({ fresh, at, data, columns, rows }) {
    this.replaying = fresh;
    if (fresh) this.terminal.reset();
    this.terminal.resize(columns, rows);
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    this.terminal.write(bytes, () => {
      this.replaying = false;
      void this.tell("drawn", { at });
    });
  }

  close() {
    void this.tell("close");
    this.sizes.disconnect();
    this.terminal.dispose();
  }
}
