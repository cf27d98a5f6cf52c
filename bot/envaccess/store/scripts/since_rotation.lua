-- Since when the value of this mark is the current one of a variable: the first that is looked at since `begun`, every other
-- one since it was looked at first.
-- Takes: name text, mark text, begun integer
local mark, since = string.match(redis.call('HGET', key('rotated', A.name), '@') or '', '^(%x+);(%d+)$')
if mark == A.mark then
  return tonumber(since)
end
since = mark and NOW or A.begun
bypass_oom()
redis.call('HSET', key('rotated', A.name), '@', A.mark .. ';' .. int(since))
redis.call('PEXPIRE', key('rotated', A.name), KEPT_FOR)
return since
