-- An event that changes no state.
-- Takes: op text, event text, actor text, detail texts
return once(function()
  emit(A.event, A.actor, nil, A.detail)
  return { done = 1 }
end)
