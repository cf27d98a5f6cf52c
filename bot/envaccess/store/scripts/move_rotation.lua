-- A rotation goes on: only from the seal that the caller has looked at, so that of two processes one goes on. A worker has the
-- lease (`token`); an owner's press needs none. `next`: milliseconds until it is looked at again. `kept`: ciphertexts, empty to
-- drop one. `draw`: whether its message changes; `anew`: whether that is posted once more, so that it is noticed. Returns 1 where it
-- was written, 0 where somebody else was faster, -1 where our clock is off. `holders`: whether live grants that hold the old value
-- are told, once in its life; `lives`: milliseconds that the old value goes on working.
-- Takes: id text, name text, mark text, before text, seal text, stage text, next integer, kept texts, draw integer, anew integer
-- Takes: closed integer, waits integer, ts text, token text, actor text, event text, detail texts, holders integer, lives integer, clock integer
if A.token ~= '' and redis.call('GET', key('lease')) ~= A.token then
  return 0
end
local record = read_record('rotation', A.id)
if not record or mac_of(record.seal) ~= A.before then
  return 0
end
if clock_is_off() then
  return -1
end
local tells = A.holders == 1 and not record.told
local holders = tells and holders_of(A.name) or {}
if A.event ~= '' then
  local told = tells and #holders or number(record, 'told')
  if A.holders == 1 and told > 0 then
    A.detail.holders = int(told)
  end
  emit(A.event, A.actor, { variables = A.name }, A.detail)
end
bypass_oom()
redis.call('HSET', key('rotation', A.id), 'waits', int(A.waits))
if tells then
  redis.call('HSET', key('rotation', A.id), 'told', int(#holders))
end
note_card_stray('rotation', record)
if A.anew == 1 and (record.ts or '') ~= '' then
  redis.call('HSET', key('rotation', A.id), 'ts', '', 'strays', add_orphan(record.strays, record.ts))
end
for name, text in pairs(A.kept) do
  if text == '' then
    redis.call('HDEL', key('rotation', A.id), name)
  else
    redis.call('HSET', key('rotation', A.id), name, text)
  end
end
if A.draw == 1 then
  write_version('rotation', record, { seal = A.seal, stage = A.stage })
  redis.call('ZADD', key('rotation_cards'), int(NOW), A.id)
else
  redis.call('HSET', key('rotation', A.id), 'seal', A.seal, 'stage', A.stage)
end
local rotated = key('rotated', A.name)
if A.mark ~= '-' and redis.call('HGET', rotated, '-') == A.id .. ':0' then
  local other = redis.call('HGET', rotated, A.mark)
  if not other or not string.find(other, ':0$') then
    redis.call('HDEL', rotated, '-')
    redis.call('HSET', rotated, A.mark, A.id .. ':0')
  end
end
if A.closed == 1 then
  redis.call('ZREM', key('rotations'), A.id)
  if redis.call('HGET', rotated, '-') == A.id .. ':0' then
    redis.call('HDEL', rotated, '-')
  end
  redis.call('HSET', rotated, A.mark, A.id .. ':' .. int(NOW))
  if A.event == 'rotation.done' then
    redis.call('HSET', rotated, '@', '0;' .. int(NOW))
  end
  forget_rotations(A.name)
else
  redis.call('ZADD', key('rotations'), int(NOW + A.next), A.id)
end
keep_rotation(A.id, A.name)
for _, holder in ipairs(holders) do
  change(holder, { rotated_at = NOW + A.lives, rotations = number(holder, 'rotations') + 1 })
end
return 1
