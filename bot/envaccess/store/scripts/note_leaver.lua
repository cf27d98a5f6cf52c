-- Somebody has left. Where they, or processes of theirs, have seen what is current, their list is to be told: once.
-- Takes: person text
local known = redis.call('ZCARD', key('exposed', 'person:' .. A.person)) + redis.call('ZCARD', key('exposed', 'process:' .. A.person))
redis.call('ZREM', key('exposed_people'), A.person)
if known == 0 or redis.call('HEXISTS', key('leavers'), A.person) == 1 then
  return 0
end
redis.call('HSET', key('leavers'), A.person, int(NOW))
redis.call('ZADD', key('leaver_lists'), int(NOW), A.person)
return 1
