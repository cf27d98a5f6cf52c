-- The audit channel has the lines up to this event.
-- Takes: event text
bypass_oom()
redis.call('SET', key('cursor'), A.event)
return 1
