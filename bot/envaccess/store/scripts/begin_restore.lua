-- Begin a restore, or begin one anew that did not finish: where nobody serves, and where nothing is or what is there
-- shall go. From now on nothing is served until `finish_restore`.
-- Takes: token text, replace flag, about text
local holder = redis.call('GET', key('lease'))
if holder and holder ~= A.token then
  return cjson.encode({ refused = 'served' })
end
local unfinished = redis.call('EXISTS', key('restoring')) == 1
if not unfinished and A.replace == '0' and redis.call('EXISTS', key('audit')) == 1 then
  return cjson.encode({ refused = 'holds' })
end
bypass_oom()
redis.call('SET', key('restoring'), A.about)
redis.call('SET', key('lease'), A.token, 'PX', TTL.lease)
return cjson.encode({ unfinished = unfinished and 1 or 0 })
