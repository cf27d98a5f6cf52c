-- The person says whether one operation of their terminal may release (`verb`: released, refused). The service has ruled
-- that they may; `about` is the operation that they were shown.
-- Takes: op text, id text, actor text, verb text, about text, seal text, clock integer, ts text
local actor = actor_of(A.actor)
return once_on_request('tap', actor, function(record)
  if clock_is_off() then
    return look_again({ refused = 'clock_off' })
  end
  if record.requester ~= WHO then
    refused(actor, 'tap', 'not_yours', record)
    return { refused = 'not_yours' }, record, 'card'
  end
  local lock = lock_on(people_of(record), record.variables)
  if lock then
    return refuse_locked(lock, actor, 'tap', record), record, 'card'
  end
  settle(record)
  if record.tap_state ~= 'asked' or record.tap_op ~= A.about or not GRANT_NEXT[(record.grant or '') .. ':revoke'] then
    return { refused = 'tap_lapsed', id = record.id, names = record.variables }, record, 'card'
  end
  emit('grant.tapped', actor, record, { how = A.verb, host = record.tap_host, session = record.tap_session })
  redis.call('HSET', key('text', record.id), 'tap', A.seal)
  change(record, { tap_state = A.verb })
  return { id = record.id }, record, 'card'
end)
