-- A value was read on the host, or brought in from where nobody knows who has seen it: no grant is used.
-- Takes: op text, actor text, name text, mark text, version text, read_at integer, seer text, how text, key text
return once(function()
  if redis.call('HGET', key('ledger_key'), 'id') ~= A.key then
    return look_again({ refused = 'ledger_key' })
  end
  local detail = { how = A.how, seer = A.seer, versions = A.version .. '~' .. A.mark }
  emit('value.seen', A.actor, { variables = A.name }, detail)
  note_read(A.name, A.mark, A.version, A.read_at)
  enter_seen(A.name, A.mark, A.seer, A.how)
  return { done = 1 }
end)
