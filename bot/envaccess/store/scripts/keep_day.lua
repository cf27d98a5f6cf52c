-- Remember the message under which the heads of a day are told.
-- Takes: day text, thread text
return redis.call('HSET', key('tree'), 'day', A.day, 'thread', A.thread)
