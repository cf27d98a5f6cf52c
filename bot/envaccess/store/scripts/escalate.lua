-- Nobody is left who could pass this step: do at once what its time would have done.
-- Takes: op text, id text, step integer, escalated flag, why text, seal text?, clock integer?
local function waits_there(record)
  return record.state == 'pending' and number(record, 'step') == A.step and record.escalated == A.escalated
end

-- That a process found so is sealed, where it is not the end of the request.
local function remember_passing(record)
  if A.seal and record.state == 'pending' then
    local passed = cjson.decode(redis.call('HGET', key('text', A.id), 'passed') or '[]')
    passed[#passed + 1] = A.seal
    redis.call('HSET', key('text', A.id), 'passed', cjson.encode(passed))
  end
end

return once(function()
  local record = not clock_is_off() and read_known(A.id)
  if record then
    settle(record)
  end
  if not record or not waits_there(record) then
    return { done = 0 }
  end
  pass_over(record, NOW, A.why)
  remember_passing(record)
  return { done = 1 }
end)
