/** One seat: whose Slack this is, and that person's Slack. */
import { Avatar } from "./avatar.js";
import { ChannelPane } from "./channel.js";
import { Confirm } from "./confirm.js";
import { classes, html, useMemo, useState } from "./html.js";
import { Modal } from "./modal.js";
import { Sidebar } from "./sidebar.js";
import { AskFirstContext } from "./surface.js";
import { TerminalPane } from "./terminal.js";
import { ViewerContext, personOf, shortName, terminalAt, useTools } from "./workspace.js";

const KINDS = { guest: "guest", external: "from another company" };

/** @param {{pane: number, person: string}} props */
export function Seat({ pane, person }) {
  const { model, ui } = useTools();
  const who = personOf(model.workspace, person);
  const seat = model.seat(person);
  const place = ui.place(model, person);
  const terminal = terminalAt(model, person, place.channel);
  const [question, askFirst, answer] = useQuestion();
  if (!who) return null;
  return html`<${ViewerContext.Provider} value=${person}>
    <section class="seat" aria-label="${who.real_name}'s Slack" data-seat=${who.name} data-pane=${pane} data-region tabindex="-1">
      <${SeatHead} pane=${pane} who=${who} />
      <div class="client-frame">
        <${AskFirstContext.Provider} value=${askFirst}>
          <div class="client" inert=${Boolean(seat.modal || question)}>
            <${Sidebar} place=${place} />
            ${terminal ? html`<${TerminalPane} key=${terminal.name} terminal=${terminal} />` : html`<${ChannelPane} place=${place} />`}
          </div>
          ${seat.modal && html`<${Modal} key=${seat.modal.id} view=${seat.modal} depth=${seat.depth} covered=${Boolean(question)} />`}
        <//>
        ${question && html`<${Confirm} confirm=${question} answer=${answer} />`}
      </div>
    </section>
  <//>`;
}

/** A question over this seat: the confirm object on the screen, how to ask one, and how to answer it. */
function useQuestion() {
  const [asked, setAsked] = useState(
    /** @type {{confirm: any, resolve: (yes: boolean) => void}|null} */ (null),
  );
  const ask = useMemo(() => (confirm) => new Promise((resolve) => setAsked({ confirm, resolve })), []);
  const answer = (yes) => {
    asked?.resolve(yes);
    setAsked(null);
  };
  return /** @type {const} */ ([asked?.confirm, ask, answer]);
}

function SeatHead({ pane, who }) {
  const { model, ask } = useTools();
  const kind = who.title || KINDS[who.kind];
  return html`<header class="seat-head">
    <div class="who">
      <span class="who-name">${who.real_name}</span>
      <span class="who-kind">${kind}</span>
    </div>
    <div class="switcher" role="group" aria-label="Whose seat">
      ${model.workspace?.people.map((person) => html`<${SeatButton} key=${person.id} pane=${pane} person=${person} seated=${person.id === who.id} />`)}
    </div>
    <button
      type="button"
      class="icon-button"
      aria-label="Reload ${who.real_name}'s Slack"
      title="Reload this person's Slack: private messages that only they see are gone then, as in Slack"
      onClick=${() => void ask({ do: "reload", seat: who.id }).catch(() => undefined)}
    >
      ↻
    </button>
  </header>`;
}

function SeatButton({ pane, person, seated }) {
  const { model, ui } = useTools();
  const unread = seated ? 0 : unreadOf(model, person.id);
  return html`<button
    type="button"
    class=${classes("seat-button", seated && "seated")}
    aria-pressed=${String(seated)}
    data-person=${person.name}
    title="${person.real_name}${person.title ? `, ${person.title}` : ""}"
    onClick=${() => ui.sit(pane, person.id)}
  >
    <${Avatar} id=${person.id} name=${person.real_name} />
    <span class="seat-button-name">${shortName(person)}</span>
    ${unread > 0 && html`<span class="dot"><span class="visually-hidden">${unread} unread</span></span>`}
  </button>`;
}

function unreadOf(model, person) {
  const { channels, dm } = model.seat(person);
  return [...channels, ...(dm ? [dm] : [])].reduce((sum, id) => sum + model.unread(person, id).count, 0);
}
