-- A call by a session: its token, the key that proved itself, a proof that was not used before, and the same body under the
-- same key of an operation. All of it or nothing; then its time slides. Who opens its seals has the last word.
-- Takes: op text, token text, sign_key text, jti text, address text, idle integer, operation text?, body text?
local id = redis.call('GET', key('session_token', A.token))
local record = id and read_session(id)
if not record or not is_known_session(record) or record.token ~= A.token or not settle_session(record) then
  return cjson.encode({ refused = 'no_session' })
end
if record.sign_key ~= A.sign_key then
  -- Counted by session: whoever found a token says so once a minute.
  refused('client:' .. record.id, 'session', 'other_key', nil, nil, record.person)
  return cjson.encode({ refused = 'no_session' })
end
local proof = key('session_jti', record.id .. ':' .. A.jti)
local used = redis.call('GET', proof)
if used and used ~= A.op then
  return cjson.encode({ refused = 'proof_used' })
end
local operation, body
if A.operation then
  operation = key('idempotency', record.person .. ':' .. A.operation)
  body = redis.call('GET', operation)
  if body and body ~= A.body then
    return cjson.encode({ refused = 'idempotency_body' })
  end
end
bypass_oom()
redis.call('SET', proof, A.op, 'PX', TTL.session_jti)
if operation then
  redis.call('SET', operation, A.body, 'PX', TTL.outcome)
end
local ends = number(record, 'ends_at')
redis.call('PEXPIREAT', key('session_token', A.token), int(math.min(NOW + A.idle * 1000, ends)))
local first = number(record, 'used_at') == 0
redis.call('HSET', key('session', record.id), 'used_at', int(NOW), 'used_from', A.address)
record.used_at, record.used_from = int(NOW), A.address
if first then
  at_deadline('session', record.id, math.min(NOW + A.idle * 1000, ends) + 1)
end
return cjson.encode({ session = record, now = int(NOW) })
