-- An event that changes no state.
return once(function()
  emit(A.event, A.actor, nil, A.detail)
  return { done = 1 }
end)
