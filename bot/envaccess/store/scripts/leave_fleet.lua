-- Note that this process serves no more.
-- Takes: id text
redis.call('HDEL', key('replicas'), A.id)
return 1
