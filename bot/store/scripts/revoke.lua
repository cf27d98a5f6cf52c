-- End a live grant. The service has ruled that the actor may; ending access works on a full Redis.
local stored = replay()
if stored then
  return stored
end
local record = read(A.id)
if not record then
  refused(A.actor, 'revoke', 'unknown_id')
  return finish({ refused = 'unknown_id' })
end
settle(record)
if not record.grant then
  return finish({ refused = 'no_grant', state = record.state })
end
local state = GRANT_NEXT[record.grant .. ':revoke']
if not state then
  note_stray(record, 'card')
  return finish({
    refused = 'grant_ended', state = record.grant, by = record.ended_by or '', at = record.ended_at or '0',
  })
end
redis.call('DEL', key('grant', A.id))
emit('grant.revoked', A.actor, record)
bury(record, state, A.actor)
note_stray(record, 'card')
return finish({ id = A.id, requester = record.requester, variables = record.variables, grant = state })
