-- Requests that fail the signature are only counted: one event a minute for all of them.
-- Takes: count integer
local who = 'bot:bad_signature'
if redis.call('EXISTS', key('refused', who)) == 0 then
  at_deadline('count', who, NOW + TTL.minute)
end
return redis.call('INCRBY', key('refused', who), A.count)
