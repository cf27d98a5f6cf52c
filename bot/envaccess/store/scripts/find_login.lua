-- What was sealed when the code of this look-up part was given; empty where there is no such code now.
-- Takes: lookup text
local id = redis.call('GET', key('login_code', A.lookup))
return id and redis.call('HGET', key('session', id), 'login') or ''
