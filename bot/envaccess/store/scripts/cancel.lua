-- Withdraw a pending request: its requester may, and the bot for somebody who left.
local stored = replay()
if stored then
  return stored
end
local record = read(A.id)
if not record then
  refused(A.actor, 'cancel', 'unknown_id')
  return finish({ refused = 'unknown_id' })
end
settle(record)
if A.actor ~= 'person:' .. record.requester and A.actor ~= 'bot' then
  refused(A.actor, 'cancel', 'not_yours', record)
  return answer({ refused = 'not_yours' }, record, 'card')
end
local state = REQUEST_NEXT[record.state .. ':cancel']
if not state then
  return not_pending(record, 'card')
end
emit('request.cancelled', A.actor, record)
close(record, { state = state, decided_by = A.actor == 'bot' and A.actor or '', decided_at = NOW })
return answer({ id = A.id, variables = record.variables }, record, 'card')
