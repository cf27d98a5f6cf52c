-- Try to draw the message about this login again later.
-- Takes: session text, milliseconds integer
bypass_oom()
if redis.call('ZSCORE', key('session_cards'), A.session) then
  redis.call('ZADD', key('session_cards'), int(NOW + A.milliseconds), A.session)
end
return 1
