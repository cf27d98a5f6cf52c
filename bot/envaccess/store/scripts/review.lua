-- Close an emergency's review. The service has ruled that the actor may; never whoever had the access.
local stored = replay()
if stored then
  return stored
end
local actor = 'person:' .. A.actor
local record = read(A.id)
if not record then
  refused(actor, 'review', 'unknown_id')
  return finish({ refused = 'unknown_id' })
end
local lock = lock_on({ A.actor }, '')
if lock then
  return finish(refuse_locked(lock, actor, 'review', record))
end
settle(record)
if record.requester == A.actor then
  refused(actor, 'review', 'own_review', record)
  return answer({ refused = 'own_review' }, record, 'message')
end
if record.review ~= 'open' then
  return answer({
    refused = 'no_review', by = record.reviewed_by or '', at = record.reviewed_at or '0',
  }, record, 'message')
end
emit('emergency.reviewed', actor, record, { note = A.note })
redis.call('HSET', key('text', A.id), 'note', A.note)
redis.call('ZREM', key('deadlines'), 'review:' .. A.id)
redis.call('ZREM', key('reviews'), A.id)
change(record, { review = 'closed', review_at = 0, reviewed_by = A.actor, reviewed_at = NOW })
return answer({ id = A.id, requester = record.requester, variables = record.variables }, record, 'message')
