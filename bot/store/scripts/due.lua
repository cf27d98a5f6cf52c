-- Ids of requests to draw now, and the milliseconds until the next one (-1: none).
local ids = redis.call('ZRANGEBYSCORE', key('dirty'), '-inf', int(NOW), 'LIMIT', 0, A.limit)
local wait = -1
local after = redis.call('ZRANGEBYSCORE', key('dirty'), '(' .. int(NOW), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
if #after > 0 then
  wait = tonumber(after[2]) - NOW
end
return cjson.encode({ ids = table.concat(ids, ','), wait = wait })
