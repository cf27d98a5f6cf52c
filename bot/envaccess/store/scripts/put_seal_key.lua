-- Store the key that seals, wrapped, where there is none yet: with it begins what can be sealed. One that was there is put
-- back only where the store lost everything: where it still knows of values, the key was dropped (`drop_seal_key`), and
-- where a restore is under way, that brings its own.
-- Takes: id text, wrapped text, back flag
local held_up = A.back == '1' and redis.call('EXISTS', key('versions'), key('restoring')) > 0
if held_up or redis.call('EXISTS', key('seal_keys')) == 1 then
  return 0
end
return redis.call('HSET', key('seal_keys'), A.id, A.wrapped)
