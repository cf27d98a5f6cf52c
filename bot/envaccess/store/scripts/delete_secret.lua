-- Delete a variable and its value, and end every grant over it in the same step.
-- Takes: op text, name text, actor text
return once(function()
  if not incarnation_of(A.name) then
    return { missing = 1 }
  end
  local grants = stop_grants_over(A.name)
  emit('secret.deleted', A.actor, { variables = A.name })
  redis.call('DEL', key('catalogue', A.name), key('secret', A.name))
  redis.call('ZREM', key('names'), A.name)
  set_current(A.name)
  local ended = end_stopped(grants, A.actor, { event = 'the variable was deleted', word = 'deleted' })
  end_leases_under({ key('leased', A.name) }, 'grant')
  return { ended = ended }
end)
