-- Of those who have seen what is current, the ones who were not asked about for the longest time: their turn is over.
-- Takes: most integer, apart integer
local found = {}
for _, person in ipairs(redis.call('ZRANGEBYSCORE', key('exposed_people'), '-inf', int(NOW - A.apart), 'LIMIT', 0, A.most)) do
  local known = redis.call('ZCARD', key('exposed', 'person:' .. person)) + redis.call('ZCARD', key('exposed', 'process:' .. person))
  if known == 0 then
    redis.call('ZREM', key('exposed_people'), person)
  else
    redis.call('ZADD', key('exposed_people'), int(NOW), person)
    found[#found + 1] = person
  end
end
return table.concat(found, ',')
