-- Delete a variable and its value, and end every grant over it in the same step.
-- Takes: op text, name text, actor text
local function grants_over()
  local grants = {}
  for _, id in ipairs(redis.call('ZRANGE', key('shared', A.name), 0, -1)) do
    grants[#grants + 1] = read(id)
  end
  return grants
end

return once(function()
  if not incarnation_of(A.name) then
    return { missing = 1 }
  end
  local grants = grants_over()
  bypass_oom() -- what time has brought about is written down first, and must not come in the way
  for _, record in ipairs(grants) do
    settle(record)
    redis.call('DEL', key('grant', record.id))
  end
  emit('secret.deleted', A.actor, { variables = A.name })
  redis.call('DEL', key('catalogue', A.name), key('secret', A.name))
  redis.call('ZREM', key('names'), A.name)
  local ended = 0
  for _, record in ipairs(grants) do
    if is_known(record) and (record.grant == 'active' or record.grant == 'waiting') then
      emit('grant.revoked', A.actor, record, { why = 'the variable was deleted' })
      end_grant(record, GRANT_NEXT[record.grant .. ':revoke'], A.actor, NOW, 'deleted')
      ended = ended + 1
    end
  end
  end_leases_under({ key('leased', A.name) }, 'grant')
  return { ended = ended }
end)
