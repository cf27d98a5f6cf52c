-- Store the key that seals, wrapped, where there is none yet: with it begins what can be sealed. One that was there is put
-- back only where the store lost everything: where it still knows of values, the key was dropped (`drop_seal_key`).
-- Takes: id text, wrapped text, back flag
if redis.call('EXISTS', key('seal_keys')) == 1 or (A.back == '1' and redis.call('EXISTS', key('versions')) == 1) then
  return 0
end
return redis.call('HSET', key('seal_keys'), A.id, A.wrapped)
