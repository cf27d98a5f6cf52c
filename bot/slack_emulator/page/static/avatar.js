/** A person's initials on their colour; the bot's mark. */
import { html } from "./html.js";
import { useTools } from "./workspace.js";

const HUES = 6;

/** @param {{id: string, name: string, bot?: boolean}} props */
export function Avatar({ id, name, bot = false }) {
  const { model } = useTools();
  if (bot) return html`<span class="avatar avatar-bot" aria-hidden="true"><${BotMark} /></span>`;
  const at = model.workspace?.people.findIndex((person) => person.id === id) ?? 0;
  const initials = name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join("");
  return html`<span class="avatar hue-${Math.max(at, 0) % HUES}" aria-hidden="true">${initials}</span>`;
}

export const BotMark = () =>
  html`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round">
    <circle cx="8.5" cy="12" r="4.25" />
    <path d="M12.75 12H21m-3.5 0v3.5" />
  </svg>`;
