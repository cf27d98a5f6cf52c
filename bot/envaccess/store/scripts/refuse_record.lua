-- Write down that the record of a request, or of a variable, cannot be relied on. Nothing of the record itself goes into
-- the event.
-- Takes: op text, id text?, variable text?, event text, why text
return once(function()
  emit(A.event, 'bot', { id = A.id, variables = A.variable }, { why = A.why })
  return { done = 1 }
end)
