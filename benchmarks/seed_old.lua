-- Requests that ended long ago: A.ids, made at A.made (milliseconds), approved, revealed once, expired.
-- Behind the product's own prelude and lib.lua. Only what still lies in the store is written.
local function listed(list, made, id)
  redis.call('ZADD', list, made, id)
  redis.call('PEXPIRE', list, TTL.asked)
end
for place, id in ipairs(A.ids) do
  local requester, made = A.people[place], int(A.made[place])
  local variable = A.variables[place]
  local record = { id = id, variables = variable, requester = requester, state = 'pending' }
  emit('request.created', 'person:' .. requester, record, { duration = '1h', reason = typed(A.reason) })
  emit('request.approved', 'person:' .. A.approver, record)
  emit('grant.activated', 'person:' .. A.approver, record, { seconds = '3600', expires_at = made })
  emit('grant.revealed', 'person:' .. requester, record)
  emit('grant.expired', 'time', record)
  redis.call('HSET', key('text', id), 'reason', A.reason, 'ruling', A.ruling)
  redis.call('HSET', key('request', id),
    'requester', requester, 'variables', variable, 'state', 'approved', 'seconds', '3600', 'once', '0',
    'created_at', made, 'deadline_at', int(tonumber(made) + 14400000), 'asked_before', '3',
    'asked_for_these', '1', 'version', '3', 'decided_by', A.approver, 'decided_at', made, 'grant', 'expired',
    'expires_at', made, 'reveals', '1', 'ended_at', made, 'ended_by', '', 'message', '1800000000.000001',
    'message_shown', '3', 'dm', 'D0BENCHMARK', 'card', '1800000000.000002', 'card_shown', '3',
    'card_decided', '1', 'thread', '1800000000.000003')
  retain(record)
  if tonumber(made) > NOW - TTL.asked then
    listed(key('asked', requester), made, id)
    listed(key('asked', requester .. ':' .. variable), made, id)
  end
end
return #A.ids
