/**
 * The shapes that the demo's server adds (types only; nothing here runs).
 *
 * @typedef {{id: string, event: string, at: number, at_redis: string, actor_kind: string, actor: string,
 *   request: string, grant: string, variables: string[], requester: string, detail: Record<string, string>}} AuditEvent
 * @typedef {{id: string, requester: string, variables: string[], once: boolean, granted_ms: number,
 *   expires_ms: number, ttl_ms: number}} Grant
 * @typedef {{clock_offset_ms: number, now: number, faults: Record<string, boolean>, bot: "starting"|"up"|"down",
 *   redis: "starting"|"up"|"down", ready: boolean, tampered: string}} DemoState
 */
export {};
