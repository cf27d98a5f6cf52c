-- Note how posting a week's digest ended; of older weeks the newest few are kept, so that a clock put back repeats none.
-- Takes: week text, state text, most integer
if A.state == '' then
  redis.call('HDEL', key('digests'), A.week)
  return 0
end
redis.call('HSET', key('digests'), A.week, A.state)
redis.call('PEXPIRE', key('digests'), KEPT_FOR)
local weeks = redis.call('HKEYS', key('digests'))
table.sort(weeks)
for place = 1, #weeks - A.most do
  redis.call('HDEL', key('digests'), weeks[place])
end
return 1
