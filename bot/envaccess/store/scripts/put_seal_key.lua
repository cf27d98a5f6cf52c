-- Store the key that seals, wrapped, where there is none yet: with it begins what can be sealed.
-- Takes: id text, wrapped text
if redis.call('EXISTS', key('seal_keys')) == 1 then
  return 0
end
return redis.call('HSET', key('seal_keys'), A.id, A.wrapped)
