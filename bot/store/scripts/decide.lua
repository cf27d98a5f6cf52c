-- Approve or deny a pending request. Exactly one decision wins (law 5); nobody approves their own (law 3).
local stored = replay()
if stored then
  return stored
end
local actor = 'person:' .. A.actor
local record = read(A.id)
if not record then
  refused(actor, A.verb, 'unknown_id')
  return finish({ refused = 'unknown_id' })
end
settle(record)
if record.requester == A.actor then
  refused(actor, A.verb, 'self_approval', record)
  return answer({ refused = 'self_approval' }, record, 'message')
end
local state = REQUEST_NEXT[record.state .. ':' .. A.verb]
if not state then
  return answer({
    refused = 'not_pending', state = record.state, by = record.decided_by or '', at = record.decided_at or '0',
  }, record, 'message')
end
local outcome = {
  id = A.id, state = state, requester = record.requester, variables = record.variables,
  seconds = record.seconds, once = record.once,
}
if A.verb == 'deny' then
  emit('request.denied', actor, record, { reason = A.why })
  redis.call('HSET', key('text', A.id), 'decision_reason', A.why)
  close(record, { state = state, decided_by = A.actor, decided_at = int(NOW) })
  return answer(outcome, record, 'message')
end

local unknown = unknown_name(record.variables)
if unknown then
  refused(actor, A.verb, 'unknown_variable', record)
  return answer({ refused = 'unknown_variable', names = unknown }, record, 'message')
end
local expires = int(NOW + tonumber(record.seconds) * 1000)
emit('request.approved', actor, record)
emit('grant.activated', actor, record, { seconds = record.seconds, expires_at = expires })
redis.call('SET', key('grant', A.id), record.requester, 'PXAT', expires)
redis.call('ZADD', key('held', record.requester), expires, A.id)
for _, name in ipairs(split(record.variables)) do
  redis.call('ZADD', key('shared', name), expires, A.id)
end
-- At its exact expiry millisecond a key still lives.
redis.call('ZADD', key('deadlines'), int(tonumber(expires) + 1), 'expire:' .. A.id)
close(record, {
  state = state, decided_by = A.actor, decided_at = int(NOW), grant = 'active', expires_at = expires, reveals = '0',
})
outcome.expires_at = expires
return answer(outcome, record, 'message')
