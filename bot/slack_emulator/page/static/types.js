/**
 * The shapes that the server sends (types only; nothing here runs).
 *
 * @typedef {{id: string, name: string, real_name: string, title: string, kind: "member"|"guest"|"external"}} Person
 * @typedef {{id: string, name: string, kind: "public"|"private"|"im", shared: boolean, members: string[]}} Channel
 * @typedef {{id: string, handle: string, name: string, members: string[]}} Group a user group
 * @typedef {{text: string, usage: string, description: string}} Verb
 * @typedef {{command: string, usage_hint: string, description: string, verbs: Verb[]}} Command
 * @typedef {{name: string, person: string, about: string, examples: string[]}} TerminalInfo
 * @typedef {{running: boolean, code: number|null, at: number}} TerminalState
 * @typedef {{team: {id: string, name: string}, people: Person[], channels: Channel[], groups: Group[], bot: {id: string, name: string},
 *   commands: Command[], example: string, variables: string[], terminals: TerminalInfo[], now: number}} Workspace
 *
 * @typedef {Record<string, any>} Block A block, element, text or option, as Slack's JSON has it.
 * @typedef {{ts: string, author: {id: string, name: string, bot: boolean}, text: string, blocks: Block[],
 *   ephemeral: boolean, thread_ts: string|null, edited: boolean, revision: number}} Message
 * @typedef {{id: string, hash: string, type: "modal"|"home", title: Block|null, submit?: Block|null,
 *   close?: Block|null, blocks: Block[]}} View
 *
 * @typedef {{n: number, method: string, at: number, ok: boolean|null, status: number, error: string|null,
 *   summary: string}} Call
 * @typedef {{now: number, faults: Record<string, boolean>}} State what the drawer can change, as it is now; a host adds more
 */
export {};
