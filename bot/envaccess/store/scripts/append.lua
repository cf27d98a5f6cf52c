-- An event that changes no state.
local stored = replay()
if stored then
  return stored
end
emit(A.event, A.actor, nil, A.detail)
return finish({ done = 1 })
