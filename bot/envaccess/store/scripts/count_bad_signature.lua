-- Requests that fail the signature are only counted: one event a minute for all of them.
local who = 'bot:bad_signature'
if redis.call('EXISTS', key('refused', who)) == 0 then
  redis.call('ZADD', key('deadlines'), int(NOW + TTL.minute), 'count:' .. who)
end
return redis.call('INCRBY', key('refused', who), A.count)
