-- These requests lie in no segment any more.
-- Takes: ids text
return redis.call('ZREM', key('archive_redacted'), unpack(split(A.ids)))
