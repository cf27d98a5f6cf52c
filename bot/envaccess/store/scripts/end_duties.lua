-- Give duties of approvers back to their owners, because the store is upgraded: nobody sealed them. Returns how many;
-- 0: no more are left.
-- Takes: limit integer, actor text, why text
bypass_oom()
local duties = redis.call('ZRANGE', key('delegations'), 0, A.limit - 1)
for _, pair in ipairs(duties) do
  local giver, taker = string.match(pair, '^(.*):(.*)$')
  emit('duty.returned', A.actor, nil, { of = giver, from = taker, why = A.why })
  drop_duty(pair)
end
return #duties
