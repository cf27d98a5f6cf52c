-- Close an access review as it was seen: what nobody judged is not reviewed. The service has ruled that the actor may.
-- Takes: op text, id text, actor text, judged integer, counts texts, patch text, pack text, seal text, clock integer
return once(function()
  local refusal, record = refuse_unless_open()
  if refusal then
    return refusal
  end
  if redis.call('HLEN', key('judgements', A.id)) ~= A.judged then
    return look_again({ moved = 1 })
  end
  local detail = { review = A.id, items = record.items, pack = A.pack }
  for name, count in pairs(A.counts) do
    detail[name] = count
  end
  emit('review.closed', A.actor, nil, detail)
  redis.call('HSET', key('access_review', A.id), 'patch', A.patch, 'close_seal', A.seal)
  write_version('access_review', record, { state = 'closed', closed_by = A.actor, closed_at = NOW })
  keep_access_review(A.id)
  drop_deadlines(A.id, 'access_review')
  return { id = A.id }
end)
