-- Remember a state that was given out to a browser; 0 where this minute had too many: whoever asks for pages by the
-- thousand fills no Redis.
-- Takes: id text, browser text
local count = redis.call('INCR', key('install_lease', 'pages'))
if count == 1 or redis.call('PTTL', key('install_lease', 'pages')) < 0 then
  redis.call('PEXPIRE', key('install_lease', 'pages'), TTL.minute)
end
if count > MOST.install_pages then
  return 0
end
redis.call('SET', key('install_state', A.id), A.browser, 'PX', TTL.install_state)
return 1
