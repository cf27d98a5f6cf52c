-- Of what is kept elsewhere and somebody has seen, what was not read for the longest time: its turn is over, however it goes.
-- Takes: most integer, apart integer
local found = {}
for _, name in ipairs(redis.call('ZRANGEBYSCORE', key('reread'), '-inf', int(NOW - A.apart), 'LIMIT', 0, A.most)) do
  if redis.call('ZSCORE', key('exposures'), name) then
    redis.call('ZADD', key('reread'), int(NOW), name)
    found[#found + 1] = name
  else
    redis.call('ZREM', key('reread'), name)
  end
end
return table.concat(found, ',')
