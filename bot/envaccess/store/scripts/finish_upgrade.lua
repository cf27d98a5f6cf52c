-- The store is laid out as this version does: say so, where there is something to tell. Only under the lease, where one
-- was taken for it.
-- Takes: token text?, epoch integer, seal text, detail texts?
if A.token and redis.call('GET', key('lease')) ~= A.token then
  return 0
end
if redis.call('GET', key('epoch_seal')) == A.seal then -- the answer was lost
  return 1
end
if A.detail then
  emit('store.upgraded', 'bot', nil, A.detail)
end
redis.call('SET', key('epoch'), int(A.epoch))
redis.call('SET', key('epoch_seal'), A.seal)
return 1
