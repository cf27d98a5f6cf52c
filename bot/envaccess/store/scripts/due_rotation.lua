-- What was seen of a variable is to be made worthless: once for each value, as long as that is under way, and not again for
-- who saw it before it was done. Somebody's wish counts again; one that is under way already is looked at now. A wish that is
-- under way (its mark is `-` until it begins) makes whatever is current worthless.
-- `mark` is of the value that was seen, `seen_at` when it was seen last, by Redis' time; 0: that does not matter.
-- Takes: op text, id text, name text, mark text, seal text, why text, actor text, same text, seen_at integer, clock integer
return once(function()
  if clock_is_off() then
    return look_again({ refused = 'clock_off' })
  end
  if not incarnation_of(A.name) then
    return { refused = 'unknown_variable', names = A.name }
  end
  local id, closed = string.match(redis.call('HGET', key('rotated', A.name), A.mark) or '', '^(%w+):(%d+)$')
  if A.mark == '-' then
    id, closed = open_rotation_of(A.name), '0'
  end
  if closed ~= '0' and not (closed and A.seen_at > 0 and tonumber(closed) >= A.seen_at) then
    local wish = string.match(redis.call('HGET', key('rotated', A.name), '-') or '', '^(%w+):0$')
    if wish then
      id, closed = wish, '0'
    end
  end
  if id and redis.call('EXISTS', key('rotation', id)) == 1 then
    if closed == '0' then
      if A.seen_at == 0 and redis.call('ZSCORE', key('rotations'), id) then
        redis.call('ZADD', key('rotations'), int(NOW), id)
      end
      return { id = id, open = 1 }
    elseif A.seen_at > 0 and tonumber(closed) >= A.seen_at then
      return { id = id, done = 1 }
    end
  end
  emit('rotation.due', A.actor, { variables = A.name }, { rotation = A.id, why = A.why })
  redis.call('HSET', key('rotation', A.id), 'seal', A.seal, 'variable', A.name, 'stage', 'due', 'version', '1')
  redis.call('HSET', key('rotated', A.name), A.mark, A.id .. ':0')
  redis.call('ZADD', key('rotations'), int(NOW), A.id)
  keep_rotation(A.id, A.name)
  return { id = A.id, new = 1 }
end)
