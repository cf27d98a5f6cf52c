-- What fails a signature is only counted: one event a minute for all requests, and one for all tokens.
-- Takes: count integer, why text
local who = 'bot:' .. A.why
if redis.call('EXISTS', key('refused', who)) == 0 then
  at_deadline('count', who, NOW + TTL.minute)
end
return redis.call('INCRBY', key('refused', who), A.count)
