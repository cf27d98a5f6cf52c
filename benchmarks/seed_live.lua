-- Live grants as `open_request` and `decide` leave them, drawn already: A.ids, ending at A.ends (milliseconds).
-- Behind the product's own prelude and lib.lua.
for place, id in ipairs(A.ids) do
  local ends, requester = int(A.ends[place]), A.people[place]
  local record = { id = id, variables = A.variables, requester = requester, state = 'pending' }
  emit('request.created', 'person:' .. requester, record, { duration = '1h', reason = typed(A.reason) })
  redis.call('HSET', key('text', id), 'reason', A.reason, 'ruling', A.ruling)
  change(record, {
    requester = requester, variables = A.variables, state = 'pending', seconds = '3600', once = '0',
    created_at = int(NOW), deadline_at = int(NOW + 14400000), asked_before = '0', asked_for_these = '0',
    born = incarnation_of(A.variables),
  })
  emit('request.approved', 'person:' .. A.approver, record)
  emit('grant.activated', 'person:' .. A.approver, record, { seconds = '3600', expires_at = ends })
  for _, list in ipairs({ key('asked', requester), key('asked', requester .. ':' .. A.variables) }) do
    redis.call('ZADD', list, int(NOW), id)
    redis.call('PEXPIRE', list, TTL.asked)
  end
  redis.call('SET', key('grant', id), requester, 'PXAT', ends)
  redis.call('ZADD', key('held', requester), ends, id)
  redis.call('ZADD', key('shared', A.variables), ends, id)
  redis.call('ZADD', key('deadlines'), int(tonumber(ends) + 1), 'expire:' .. id)
  close(record, {
    state = 'approved', decided_by = A.approver, decided_at = int(NOW), grant = 'active', expires_at = ends,
    reveals = '0',
  })
  redis.call('HSET', key('request', id), 'message', '1800000000.000001', 'message_shown', record.version,
    'dm', 'D0BENCHMARK', 'card', '1800000000.000002', 'card_shown', record.version, 'card_decided', '1')
  redis.call('ZREM', key('dirty'), id)
end
return #A.ids
