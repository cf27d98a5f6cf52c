-- Delete a value and end every grant over it in the same step.
local stored = replay()
if stored then
  return stored
end
if redis.call('EXISTS', key('secret', A.name)) == 0 then
  return finish({ missing = 1 })
end
local grants = {}
for _, id in ipairs(redis.call('ZRANGE', key('shared', A.name), 0, -1)) do
  local record = read(id)
  if record then
    grants[#grants + 1] = record
  end
end
bypass_oom() -- what time has brought about is written down first, and must not come in the way
for _, record in ipairs(grants) do
  settle(record)
  redis.call('DEL', key('grant', record.id))
end
emit('secret.deleted', A.actor, { variables = A.name })
redis.call('DEL', key('secret', A.name))
redis.call('ZREM', key('names'), A.name)
local ended = 0
for _, record in ipairs(grants) do
  if record.grant == 'active' or record.grant == 'waiting' then
    emit('grant.revoked', A.actor, record, { why = 'the variable was deleted' })
    end_grant(record, GRANT_NEXT[record.grant .. ':revoke'], A.actor)
    ended = ended + 1
  end
end
return finish({ ended = ended })
