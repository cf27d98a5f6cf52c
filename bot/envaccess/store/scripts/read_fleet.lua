-- Which processes serve, who leads, and what waits for them.
-- Takes: nothing
local oldest = redis.call('ZRANGE', key('undecided'), 0, 0, 'WITHSCORES')
local due = redis.call('ZRANGE', key('deadlines'), 0, 0, 'WITHSCORES')
return cjson.encode({
  now = int(NOW),
  replicas = redis.call('HGETALL', key('replicas')),
  leader = redis.call('GET', key('lease')) or '',
  pending = redis.call('ZCARD', key('undecided')),
  oldest = oldest[2] or '0',
  undrawn = redis.call('ZCARD', key('dirty')),
  due = due[2] or '0',
})
