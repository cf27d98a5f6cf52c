-- Store the key that marks values, sealed, where there is none: whoever comes second takes the first one's.
-- Takes: id text, sealed text
if redis.call('HSETNX', key('ledger_key'), 'id', A.id) == 0 then
  return 0
end
return redis.call('HSET', key('ledger_key'), 'sealed', A.sealed)
