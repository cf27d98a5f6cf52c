-- The audit channel has the lines up to this event.
insist()
redis.call('SET', key('cursor'), A.event)
return 1
