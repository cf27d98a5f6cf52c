-- Since when the value of this mark is the current one of a variable: the first that is looked at since `begun`; one that a
-- rotation made, since that was over (its mark is 0 until it is looked at); every other one since it was looked at first. The
-- mark 0 is also that of a value that is not known yet.
-- Takes: name text, mark text, begun integer
local mark, since = string.match(redis.call('HGET', key('rotated', A.name), '@') or '', '^(%x+);(%d+)$')
if mark == A.mark or (mark and A.mark == '0') then
  return tonumber(since)
end
since = mark == '0' and since or mark and NOW or A.begun
bypass_oom()
redis.call('HSET', key('rotated', A.name), '@', A.mark .. ';' .. int(since))
redis.call('PEXPIRE', key('rotated', A.name), KEPT_FOR)
return tonumber(since)
