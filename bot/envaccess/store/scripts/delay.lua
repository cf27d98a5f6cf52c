-- Draw this one again later; never bring back one that is drawn meanwhile. What was put off was not its message in the
-- channel, unless it says so: that keeps its turn.
-- Takes: id text, milliseconds integer, posts integer
bypass_oom()
redis.call('ZADD', key('dirty'), 'XX', int(NOW + A.milliseconds), A.id)
redis.call('ZREM', key('drawings'), A.id)
if A.posts == 1 then
  redis.call('ZREM', key('postings'), A.id)
end
return 1
