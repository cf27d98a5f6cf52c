/** The bot's Home tab, as far as the bot has published one. */
import { Blocks } from "./blocks/index.js";
import { html, useEffect, useState } from "./html.js";
import { useViewSurface } from "./modal.js";
import { SurfaceContext } from "./surface.js";
import { useTools, useViewer } from "./workspace.js";

const NOTHING_WRONG = {};

export function Home() {
  const { model, ask } = useTools();
  const viewer = useViewer();
  const [trouble, setTrouble] = useState("");
  const view = model.seat(viewer).home;
  useEffect(() => {
    setTrouble("");
    ask({ do: "home", seat: viewer }).catch((error) => setTrouble(error.message));
  }, [viewer]);
  return html`<div class="home" tabindex="0" role="region" aria-label="Home tab">
    ${trouble && html`<p class="trouble" role="alert">${trouble}</p>`}
    ${
      view
        ? html`<${Published} key=${view.id} view=${view} tell=${(error) => setTrouble(error.message)} />`
        : html`<div class="empty">
          <p class="empty-title">No Home tab yet</p>
          <p>${model.workspace?.bot.name} has not published one for this person.</p>
        </div>`
    }
  </div>`;
}

function Published({ view, tell }) {
  const surface = useViewSurface(view, NOTHING_WRONG, tell);
  return html`<${SurfaceContext.Provider} value=${surface}><${Blocks} blocks=${view.blocks} /><//>`;
}
