-- Store a key that signs heads, sealed, under the next number; 0, and nothing, where that has one.
-- Takes: op text, number integer, name text, sealed text, public text, actor text, note text
return once(function()
  local place = int(A.number)
  if redis.call('HEXISTS', key('log_keys'), place) == 1 or (A.number > 1 and redis.call('HEXISTS', key('log_keys'), int(A.number - 1)) == 0) then
    return { done = 0 }
  end
  if A.number > 1 then
    emit('audit.key_rotated', A.actor, nil, { key = A.public, signed_rotation = A.note })
  end
  redis.call('HSET', key('log_keys'), place, A.sealed, 'public:' .. place, A.public, 'name', A.name)
  return { done = 1 }
end)
