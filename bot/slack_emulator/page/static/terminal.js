/**
 * A person's terminal: a program that runs at the server.
 *
 * @import { TerminalInfo } from "./types.js"
 */
import { classes, html, useEffect, useRef, useState } from "./html.js";
import { Screen, THEMES, loadScreen } from "./screen.js";
import { read, write } from "./ui.js";
import { nameOf, useTools, useViewer } from "./workspace.js";

const ALOUD = "read-aloud";
const DARK = matchMedia("(prefers-color-scheme: dark)");

const TRIES = 40;
const BETWEEN = 100;
/** Bytes that a start itself writes: the reset of the screen. */
const RESET = 2;

/**
 * Type into the open terminal of that name, once it is drawn and its program has written something, in place of its line;
 * Enter is the visitor's.
 *
 * @param {import("./workspace.js").Tools} tools
 */
export async function typeInto({ model, ask }, name, text) {
  const keys = () => /** @type {HTMLElement|null} */ (document.querySelector(`[data-terminal="${name}"] textarea`));
  for (let left = TRIES; left > 0 && ((model.terminals.get(name)?.at ?? 0) <= RESET || !keys()); left -= 1)
    await new Promise((resolve) => setTimeout(resolve, BETWEEN));
  keys()?.focus(); // first, so that an Enter that comes at once is the terminal's
  await ask({ do: "terminal", what: "type", name, text: `\x15${text}` }).catch(() => undefined);
}

/** @param {{terminal: TerminalInfo}} props */
export function TerminalPane({ terminal }) {
  const tools = useTools();
  const viewer = useViewer();
  const [aloud, setAloud] = useState(Boolean(read(localStorage, ALOUD)));
  const box = useRef(/** @type {HTMLElement|null} */ (null));
  useScreen(terminal.name, box, aloud);
  const { name, about, examples } = terminal;
  const hear = () => {
    write(localStorage, ALOUD, !aloud);
    setAloud(!aloud);
  };
  return html`<section class="channel" aria-label="${nameOf(tools.model.workspace, viewer)}: ${name}">
    <header class="channel-head">
      <h2><span class="mono" aria-hidden="true">>_</span> ${name}</h2>
      <p>${about}</p>
      <button
        type="button"
        class=${classes("button button-small", aloud && "pressed")}
        aria-pressed=${String(aloud)}
        title="Say what is written to a screen reader, and let Tab leave the terminal"
        onClick=${hear}
      >
        Screen reader
      </button>
    </header>
    <div class="terminal-frame">
      <div class="terminal-box" ref=${box} data-terminal=${name}></div>
    </div>
    <${Ended} name=${name} />
    <div class="terminal-foot">
      ${examples.map((text) => html`<button type="button" class="terminal-example mono" onClick=${() => void typeInto(tools, name, text)}>${text}</button>`)}
      <span class="faint"><kbd>F6</kbd> leaves the terminal</span>
    </div>
  </section>`;
}

function Ended({ name }) {
  const { model, ask } = useTools();
  const state = model.terminals.get(name);
  if (!state || state.running || state.code === null) return null;
  const how = state.code < 0 ? `by signal ${-state.code}` : `with exit code ${state.code}`;
  const start = () => ask({ do: "terminal", what: "start", name }).catch(() => undefined);
  return html`<p class="terminal-ended" role="status">
    It ended ${how}.
    <button type="button" class="button button-small" onClick=${start}>Start again</button>
  </p>`;
}

/** An xterm.js screen in a box, connected to a terminal for as long as the box is there. */
function useScreen(name, box, aloud) {
  const { model, ui, ask } = useTools();
  const [loaded, setLoaded] = useState(/** @type {Screen|null} */ (null));
  const theme = ui.theme ?? (DARK.matches ? "dark" : "light");
  useEffect(() => {
    const chosen = document.activeElement?.closest("[data-place]");
    let gone = false;
    /** @type {Screen|null} */
    let screen = null;
    void loadScreen().then((libraries) => {
      if (gone) return;
      screen = new Screen(name, box.current, libraries, (what, more) =>
        ask({ do: "terminal", what, name, ...more }).catch(() => undefined),
      );
      model.screens.set(name, (frame) => screen?.take(frame));
      if (chosen) screen.terminal.focus();
      setLoaded(screen);
    });
    return () => {
      gone = true;
      model.screens.delete(name);
      screen?.close();
    };
  }, [name]);
  useEffect(() => {
    if (loaded && model.status === "open") loaded.open();
  }, [loaded, model.connections]);
  useEffect(() => loaded?.look(THEMES[theme], aloud), [loaded, theme, aloud]);
  useEffect(() => {
    const changed = () => ui.changed();
    DARK.addEventListener("change", changed);
    return () => DARK.removeEventListener("change", changed);
  }, []);
}
