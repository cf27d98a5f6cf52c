-- Give a confirmed login a token, in the place of one that nobody has used. Once one was used, there is no other.
-- Takes: session text, sign_key text, opened text, token text, seal text, clock integer
local record = read_session(A.session)
if clock_is_off() then
  return cjson.encode({ refused = 'clock_off' })
end
if not record or not is_known_session(record) or record.sign_key ~= A.sign_key then
  return cjson.encode({ refused = 'login_unknown' })
end
local live = settle_session(record)
if not live or record.state ~= 'confirmed' or mac_of(record.opened) ~= A.opened or number(record, 'used_at') > 0 then
  return cjson.encode({ bound = 0 })
end
redis.call('HSET', key('session', A.session), 'token', A.token, 'token_seal', A.seal)
if record.token then
  redis.call('DEL', key('session_token', record.token))
end
redis.call('SET', key('session_token', A.token), A.session, 'PXAT', int(number(record, 'expires_at')))
return cjson.encode({ bound = 1 })
