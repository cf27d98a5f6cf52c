-- A terminal knows a code, and offers its keys: the person is asked in Slack. Whoever knows none is told the same whether
-- there is such a login or not. The same keys may ask again; a code is good for one pair of keys.
-- Takes: op text, lookup text, code text, seal text, sign_key text, seal_key text, host text, os_user text
-- Takes: program text, address text, clock integer, seconds integer, tries integer
local WRONG = cjson.encode({ refused = 'login_code' })

-- The login that is meant, where it can still be offered to, or was.
local function find()
  local id = redis.call('GET', key('login_code', A.lookup))
  local record = id and read_session(id)
  return record and is_known_session(record) and record.lookup == A.lookup and record or nil
end

local function count_try(record)
  local tries = number(record, 'tries') + 1
  if tries < A.tries or record.state ~= 'asked' then
    redis.call('HSET', key('session', record.id), 'tries', int(tries))
    return
  end
  emit('session.ended', 'client', owner_of(record), { session = record.id, how = 'wrong_codes', address = A.address })
  redis.call('DEL', key('session', record.id), key('login_code', A.lookup))
end

local function offer(record)
  local fields = {
    state = 'offered', offer = A.seal, sign_key = A.sign_key, seal_key = A.seal_key, host = A.host,
    os_user = A.os_user, program = A.program, address = A.address, expires_at = NOW + A.seconds * 1000,
  }
  local told = { id = record.id, host = A.host, os_user = A.os_user, program = A.program, address = A.address }
  emit('session.offered', 'client', owner_of(record), client_of(told))
  redis.call('PEXPIRE', key('session', record.id), TTL.session)
  change_session(record, fields)
  at_deadline('session', record.id, fields.expires_at + 1)
end

if clock_is_off() then
  return cjson.encode({ refused = 'clock_off' })
end
local record = find()
if not record or record.code ~= A.code then
  refused('client', 'login', 'login_code', nil, nil, record and record.person)
  if record then
    count_try(record)
  end
  return WRONG
end
if record.state ~= 'asked' then
  local same = record.sign_key == A.sign_key and record.seal_key == A.seal_key
  if not same then
    refused('client', 'login', 'login_code', nil, nil, record.person)
    return WRONG
  end
  return cjson.encode({ session = record, now = int(NOW) })
end
local lock = lock_on({ record.person }, '')
if lock then
  return cjson.encode(refuse_locked(lock, actor_of(record.person), 'login'))
end
offer(record)
return cjson.encode({ session = record, now = int(NOW) })
