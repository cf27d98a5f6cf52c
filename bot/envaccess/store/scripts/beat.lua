-- Note that this process serves. What was not heard of for a minute, or says to have been heard in a time to come, is
-- forgotten.
-- Takes: id text, told text
local heard = redis.call('HGETALL', key('replicas'))
bypass_oom()
for place = 1, #heard, 2 do
  if math.abs(NOW - (tonumber(string.match(heard[place + 1], '^%d+') or '') or 0)) > TTL.replicas then
    redis.call('HDEL', key('replicas'), heard[place])
  end
end
redis.call('HSET', key('replicas'), A.id, int(NOW) .. ' ' .. A.told)
redis.call('PEXPIRE', key('replicas'), TTL.replicas)
return 1
